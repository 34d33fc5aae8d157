import { createChatClient } from "../../client/chat-client.ts";
import type { ChatState } from "../../client/chat-state.ts";
import type { Agent, PublishResult } from "../../protocol/resources.ts";
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
  const call = await signIn(input);
  const { id } = await call<Agent>("POST", "/agents", {
    name: "Front desk",
    system_prompt: "You are the front desk of a shared office.",
    config: { greeting: "Good morning! What can I do for you?" },
  });
  try {
    await call("POST", `/agents/${id}/sub-agents`, {
      name: "Rooms",
      topics: ["rooms", "opening hours"],
      system_prompt: "You know the rooms.",
      knowledge_base: { hours: "The rooms are open from 8:00 to 20:00.", price: "A desk costs 25 euros a day." },
    });
    const { agent } = await call<PublishResult>("POST", `/agents/${id}/publish`);
    const question = input.question ?? "When are the rooms open?";
    return await talk(input.server, agent.slug, question, input.timeoutMs ?? 30_000);
  } finally {
    await call("DELETE", `/agents/${id}`);
  }
}

/** What a person of the panel does by HTTP. The sign-in speaks Supabase Auth: supabase-js fits as well. */
async function signIn({ server, email, password }: CheckInput) {
  const send = async <T>(method: string, path: string, body: unknown, token: string): Promise<T> => {
    const response = await fetch(server + path, {
      method,
      headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  };
  const path = "/auth/v1/token?grant_type=password";
  const { access_token: token } = await send<{ access_token: string }>("POST", path, { email, password }, "");
  return <T>(method: string, path: string, body?: unknown) => send<T>(method, path, body, token);
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
