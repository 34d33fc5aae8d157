import { createClient } from "@supabase/supabase-js";
import type { Agent, PublishResult } from "../../protocol/resources.ts";
import { talk } from "../headless-node/check.ts";
import { report } from "../report.ts";

export interface CheckInput {
  /** Origin of the chat server. */
  server: string;
  /** Of an administrator, in the Supabase project. */
  email: string;
  password: string;
  /** For the whole answer. Default 30 s. */
  timeoutMs?: number;
}

/**
 * Signs in to the server's Supabase project with supabase-js, makes and publishes an agent with that token, finds it in the project's own
 * REST interface, where nobody else does, asks it something as a visitor, and removes it. Returns the transcript; throws when anything is missing.
 */
export async function checkSupabase({ server, email, password, timeoutMs = 30_000 }: CheckInput): Promise<string> {
  const config = await ask<{ provider: string; url: string; anon_key: string }>(server, "", "GET", "/auth/config");
  if (config.provider !== "supabase") throw new Error("The server signs people in itself: SUPABASE_URL is not set there.");
  const inMemory = { auth: { persistSession: false } };
  const supabase = createClient(config.url, config.anon_key, inMemory);
  const { data, error } = await supabase.auth.signInWithPassword({ email, password });
  if (error) throw new Error(`The project does not sign ${email} in: ${error.message}`);
  const call = <T>(method: string, path: string, body?: unknown) => ask<T>(server, data.session.access_token, method, path, body);
  const { user } = await call<{ user: { role: string } }>("GET", "/me");
  if (user.role !== "admin") throw new Error(`${email} is signed in, and no administrator of the server.`);

  const { id } = await call<Agent>("POST", "/agents", {
    name: "Harbour office",
    system_prompt: "You are the office of a harbour.",
  });
  try {
    const { agent } = await call<PublishResult>("POST", `/agents/${id}/publish`);
    // Row-level security decides alike, whichever way somebody asks.
    const mine = await supabase.from("agents").select("id").eq("id", id);
    if (mine.data?.length !== 1)
      throw new Error(`The project's REST interface does not show the agent: ${mine.error?.message ?? "no row"}`);
    const stranger = createClient(config.url, config.anon_key, inMemory);
    const theirs = await stranger.from("agents").select("id").eq("id", id);
    if (theirs.data?.length) throw new Error("Whoever has the anon key sees the agent.");
    return await talk(server, agent.slug, "Which berth is free?", timeoutMs);
  } finally {
    await call("DELETE", `/agents/${id}`);
    await supabase.auth.signOut();
  }
}

async function ask<T>(server: string, token: string, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(server + path, {
    method,
    headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return (text ? JSON.parse(text) : undefined) as T;
}

if (import.meta.main) {
  const [server = "http://127.0.0.1:3000", email = ""] = process.argv.slice(2);
  await report(() => {
    const password = process.env["RENUS_PASSWORD"];
    if (!password) throw new Error("Set RENUS_PASSWORD to the password of that person in the Supabase project.");
    return checkSupabase({ server, email, password });
  });
}
