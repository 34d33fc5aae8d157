import { createApiClient } from "../../client/api-client.ts";
import { createChatClient } from "../../client/chat-client.ts";
import type { ChatState } from "../../client/chat-state.ts";
import { report } from "../report.ts";

export interface CheckInput {
  /** Origin of the chat server. */
  server: string;
  /** Of a person who may create agents. */
  email: string;
  password: string;
  question?: string;
  /** For the whole answer. Default 30 s. */
  timeoutMs?: number;
}

/**
 * Signs in, creates an agent with a specialist, publishes it, asks it something as a visitor of its page would, watches the
 * answer stream in, and removes the agent. Returns the transcript; throws when anything is missing.
 */
export async function checkHeadless(input: CheckInput): Promise<string> {
  const api = createApiClient({ origin: input.server, key: await signIn(input) });
  const { id } = await api.call("POST /agents", {
    body: {
      name: "Front desk",
      system_prompt: "You are the front desk of a shared office.",
      config: { greeting: "Good morning! What can I do for you?" },
    },
  });
  try {
    await api.call("POST /agents/{id}/sub-agents", {
      params: { id },
      body: {
        name: "Rooms",
        topics: ["rooms", "opening hours"],
        system_prompt: "You know the rooms.",
        knowledge_base: { hours: "The rooms are open from 8:00 to 20:00.", price: "A desk costs 25 euros a day." },
      },
    });
    const { agent } = await api.call("POST /agents/{id}/publish", { params: { id } });
    const question = input.question ?? "When are the rooms open?";
    return await talk(input.server, agent.slug, question, input.timeoutMs ?? 30_000);
  } finally {
    await api.call("DELETE /agents/{id}", { params: { id } });
  }
}

/** A person's access token. The sign-in speaks Supabase Auth: supabase-js fits as well. With an API key it is not needed. */
async function signIn({ server, email, password }: CheckInput): Promise<string> {
  const response = await fetch(`${server}/auth/v1/token?grant_type=password`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  if (!response.ok) throw new Error(`Signing in answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { access_token: string }).access_token;
}

/** What the widget does, without a browser: the visitor's session lives in memory and ends with the process. */
export async function talk(server: string, agent: string, question: string, timeoutMs: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<ChatState>();
  const lengths = new Set<number>();
  const client = createChatClient({
    origin: server,
    agent,
    about: () => ({ locale: "en", source: "headless-node" }),
    onChange(state) {
      const answer = state.items.findLast((item) => item.role === "assistant");
      if (answer?.status === "streaming" && answer.content) lengths.add(answer.content.length);
      if (answer?.status === "complete") resolve(state);
      else if (answer?.status === "failed") reject(new Error(`The reply failed: ${answer.error}`));
      else if (state.isUnavailable) reject(new Error("The agent is not available."));
    },
  });
  const timer = setTimeout(() => reject(new Error("No whole answer came in time.")), timeoutMs);
  try {
    client.open();
    client.send(question);
    const { items, agent: profile } = await promise;
    if (lengths.size < 2) throw new Error("The answer came at once instead of streaming.");
    return items.map((item) => `${item.role === "visitor" ? "You" : profile?.name}: ${item.content}`).join("\n");
  } finally {
    clearTimeout(timer);
    client.close();
  }
}

if (import.meta.main) {
  const [server = "http://127.0.0.1:3000", email = "admin@localhost"] = process.argv.slice(2);
  await report(() => {
    const password = process.env["RENUS_PASSWORD"];
    if (!password) throw new Error("Set RENUS_PASSWORD to the password that the first start of the server has printed.");
    return checkHeadless({ server, email, password });
  });
}
