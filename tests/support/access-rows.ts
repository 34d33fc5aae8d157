/**
 * One row of every table for two companies: a1 and a2 belong to company A (and to two visitors or two people of it),
 * b1 to company B. Further labels are explained where they stand.
 */

/** `id("a1", "agent")` is the same everywhere. */
export function id(label: string, kind: string): string {
  const digits = Buffer.from(`${label}${kind}`.padEnd(16, "_")).toString("hex").slice(0, 32);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}

type Values = Record<string, unknown>;
export interface TableRows {
  /** Columns that identify a row. */
  key: readonly string[];
  rows: Readonly<Record<string, Values>>;
  /** A further row like the one of the same label, with only the columns that a caller has to give. */
  fresh: Readonly<Record<string, Values>>;
}

const companyOf = (label: string) => id(label.startsWith("b") ? "b1" : "a1", "clie");
const labels = ["a1", "a2", "b1"] as const;
const each = (make: (label: string) => Values, of: readonly string[] = labels) =>
  Object.fromEntries(of.map((label) => [label, make(label)]));

const conversation = (label: string) => ({ conversation_id: id(label, "conv"), client_id: companyOf(label) });
const visitorMessage = (seq: number) => (label: string) => ({
  ...conversation(label),
  seq,
  rev: seq,
  role: "visitor",
  content: "secret of the visitor",
  sender_id: id(label, "visi"),
});
const reply = (seq: number) => (label: string) => ({
  ...conversation(label),
  seq,
  rev: seq,
  role: "assistant",
  content: "reply",
});
const note = (seq: number) => ({
  ...conversation("a1"),
  seq,
  rev: seq,
  role: "operator",
  content: "hello",
  sender_id: id("a1", "user"),
});

const modelCall = (label: string) => ({
  agent_id: id(label, "agen"),
  client_id: companyOf(label),
  day: "2025-01-01",
  replies: 0,
  tokens: 1,
  micro_usd: 1,
  expires_at: "2025-01-01T00:00:00Z",
});

const keyedRequest = {
  key_hash: "hash",
  request_hash: "hash",
  holder: id("a1", "hold"),
  held_until: "2025-01-01T00:00:00Z",
  answer: "secret of the caller",
};
const endpoint = (label: string) => ({
  client_id: companyOf(label),
  url: "https://shop.example",
  events: ["agent.published"],
  secret: "secret of the site",
});
const delivery = (label: string) => ({
  endpoint_id: id(label, "webh"),
  client_id: companyOf(label),
  type: "webhook.test",
  data: "{}",
});
const apiKey = (label: string) => ({ name: label, prefix: "rns_", key_hash: `hash of ${label}`, scopes: ["read"] });

/** In an order that foreign keys allow. Every table of `public` and `auth` has to be here. */
export const ACCESS_ROWS: Readonly<Record<string, TableRows>> = {
  "auth.users": {
    key: ["id"],
    // `ad` is an administrator, `no` a person without a profile.
    rows: each((label) => ({ id: id(label, "user"), email: `${label}@example.com` }), [...labels, "ad", "no"]),
    fresh: { a1: { email: "fresh@example.com" } },
  },
  "auth.sessions": {
    key: ["id"],
    rows: each((label) => ({ id: id(label, "sess"), user_id: id(label, "user") })),
    fresh: each((label) => ({ user_id: id(label, "user") })),
  },
  "auth.refresh_tokens": {
    key: ["token_hash"],
    rows: each((label) => ({ token_hash: label, session_id: id(label, "sess") })),
    fresh: each((label) => ({ token_hash: `fresh ${label}`, session_id: id(label, "sess") })),
  },
  "public.clients": {
    key: ["id"],
    rows: each((label) => ({ id: id(label, "clie"), name: label }), ["a1", "b1"]),
    fresh: { a1: { name: "Fresh" } },
  },
  "public.profiles": {
    key: ["id"],
    rows: {
      ...each((label) => ({ id: id(label, "user"), role: "client", client_id: companyOf(label) })),
      ad: { id: id("ad", "user"), role: "admin", client_id: null },
    },
    // One's own, as somebody who has none yet.
    fresh: { no: { id: id("no", "user"), role: "admin", client_id: null } },
  },
  "public.api_keys": {
    key: ["id"],
    // Key `all` is of the whole installation, as an administrator's.
    rows: {
      ...each((label) => ({ id: id(label, "apik"), client_id: companyOf(label), ...apiKey(label) }), ["a1", "b1"]),
      all: { id: id("all", "apik"), client_id: null, ...apiKey("all") },
    },
    fresh: {
      ...each((label) => ({ client_id: companyOf(label), ...apiKey(`fresh ${label}`) }), ["a1", "b1"]),
      all: { client_id: null, ...apiKey("fresh all") },
    },
  },
  "public.idempotency_keys": {
    key: ["caller_id"],
    rows: { a1: { caller_id: id("a1", "user"), ...keyedRequest } },
    fresh: { b1: { caller_id: id("b1", "user"), ...keyedRequest } },
  },
  "public.webhook_endpoints": {
    key: ["id"],
    rows: each((label) => ({ id: id(label, "webh"), ...endpoint(label) }), ["a1", "b1"]),
    fresh: each(endpoint, ["a1", "b1"]),
  },
  "public.webhook_deliveries": {
    key: ["id"],
    rows: each((label) => ({ id: id(label, "deli"), ...delivery(label) }), ["a1", "b1"]),
    fresh: {
      ...each(delivery, ["a1", "b1"]),
      // Under the own company, to another one's endpoint.
      "b1-as-a1": { ...delivery("b1"), client_id: companyOf("a1") },
    },
  },
  "public.agents": {
    key: ["id"],
    rows: each((label) => ({
      id: id(label, "agen"),
      client_id: companyOf(label),
      name: label,
      slug: `agent-${label}`,
      system_prompt: "secret prompt",
    })),
    fresh: each((label) => ({ client_id: companyOf(label), name: "Fresh", slug: `fresh-${label}`, system_prompt: "" })),
  },
  "public.agent_secrets": {
    key: ["agent_id"],
    rows: each(
      (label) => ({ agent_id: id(label, "agen"), client_id: companyOf(label), identity_secret: "secret of the site" }),
      ["a1", "b1"],
    ),
    // Agent a2 has none yet: one under its own company, one under another.
    fresh: {
      a2: { agent_id: id("a2", "agen"), client_id: companyOf("a2"), identity_secret: "fresh" },
      "a2-as-b1": { agent_id: id("a2", "agen"), client_id: companyOf("b1"), identity_secret: "fresh" },
    },
  },
  "public.agent_installs": {
    key: ["agent_id"],
    rows: each((label) => ({ agent_id: id(label, "agen"), client_id: companyOf(label), origin: "https://shop.example" })),
    fresh: each((label) => ({ agent_id: id(label, "agen"), client_id: companyOf(label), origin: "https://fresh.example" })),
  },
  "public.sub_agents": {
    key: ["id"],
    rows: each((label) => ({ id: id(label, "suba"), agent_id: id(label, "agen"), name: label, system_prompt: "secret prompt" })),
    fresh: each((label) => ({ agent_id: id(label, "agen"), name: "Fresh", system_prompt: "" })),
  },
  "public.sub_agents_unowned": {
    key: ["id"],
    rows: { a1: { id: id("a1", "unow"), data: "{}", archived_at: "2025-01-01T00:00:00Z" } },
    fresh: { a1: { id: id("b1", "unow"), data: "{}" } },
  },
  "public.visitors": {
    key: ["id"],
    rows: each((label) => ({ id: id(label, "visi"), agent_id: id(label, "agen"), client_id: companyOf(label) })),
    fresh: each((label) => ({ agent_id: id(label, "agen"), client_id: companyOf(label) })),
  },
  "public.conversations": {
    key: ["id"],
    rows: each((label) => ({
      id: id(label, "conv"),
      client_id: companyOf(label),
      agent_id: id(label, "agen"),
      visitor_id: id(label, "visi"),
    })),
    fresh: each((label) => ({ client_id: companyOf(label), agent_id: id(label, "agen"), visitor_id: id(label, "visi") })),
  },
  "public.messages": {
    key: ["id"],
    rows: {
      ...each((label) => ({ id: id(label, "mess"), ...visitorMessage(1)(label) })),
      // Replies of the assistant to a1 and b1, and what person a1 wrote to visitor a1.
      "a1-reply": { id: id("a1", "repl"), ...reply(2)("a1") },
      "b1-reply": { id: id("b1", "repl"), ...reply(2)("b1") },
      "a1-note": { id: id("a1", "note"), ...note(3) },
    },
    fresh: {
      ...each(visitorMessage(9)),
      "a1-reply": reply(9)("a1"),
      "b1-reply": reply(9)("b1"),
      "a1-note": note(9),
    },
  },
  "public.message_traces": {
    key: ["message_id"],
    rows: each((label) => ({ message_id: id(label, "repl"), client_id: companyOf(label), trace: "{}" }), ["a1", "b1"]),
    fresh: each((label) => ({ message_id: id(label, "mess"), client_id: companyOf(label), trace: "{}" })),
  },
  "public.conversation_notes": {
    key: ["id"],
    rows: {
      // Notes of person a1 and a2 beside conversation a1, and of person b1.
      a1: { id: id("a1", "cnot"), ...conversation("a1"), author_id: id("a1", "user"), content: "secret of colleagues" },
      a2: { id: id("a2", "cnot"), ...conversation("a1"), author_id: id("a2", "user"), content: "secret of colleagues" },
      b1: { id: id("b1", "cnot"), ...conversation("b1"), author_id: id("b1", "user"), content: "secret of colleagues" },
    },
    fresh: {
      a1: { ...conversation("a1"), author_id: id("a1", "user"), content: "fresh" },
      "a1-as-a2": { ...conversation("a1"), author_id: id("a2", "user"), content: "fresh" },
      "b1-by-a1": { ...conversation("b1"), author_id: id("a1", "user"), content: "fresh" },
    },
  },
  "public.canned_replies": {
    key: ["id"],
    rows: each((label) => ({ id: id(label, "cann"), client_id: companyOf(label), shortcut: label, content: "Hello" })),
    fresh: each((label) => ({ client_id: companyOf(label), shortcut: `fresh-${label}`, content: "Hello" }), ["a1", "b1"]),
  },
  "public.routing_examples": {
    key: ["message_id"],
    rows: each(
      (label) => ({
        message_id: id(label, "repl"),
        agent_id: id(label, "agen"),
        client_id: companyOf(label),
        text: "secret of the visitor",
      }),
      ["a1", "b1"],
    ),
    fresh: each(
      (label) => ({ message_id: id(label, "mess"), agent_id: id(label, "agen"), client_id: companyOf(label), text: "fresh" }),
      ["a1", "b1"],
    ),
  },
  "public.participants": {
    key: ["conversation_id", "user_id"],
    rows: {
      ...each((label) => ({ ...conversation(label), user_id: id(label, "visi"), kind: "visitor" })),
      // Person a2 has read conversation a1, and b1's person their own.
      "a1-user-a2": { ...conversation("a1"), user_id: id("a2", "user"), kind: "operator" },
      "b1-user": { ...conversation("b1"), user_id: id("b1", "user"), kind: "operator" },
    },
    fresh: {
      // Visitors and people as themselves, in conversations of their own and of others.
      "a1-user": { ...conversation("a1"), user_id: id("a1", "user"), kind: "operator" },
      "b1-user-a1": { ...conversation("b1"), user_id: id("a1", "user"), kind: "operator" },
      "a2-visitor-a1": { ...conversation("a2"), user_id: id("a1", "visi"), kind: "visitor" },
    },
  },
  "public.reply_jobs": {
    key: ["id"],
    rows: each((label) => ({ id: id(label, "jobs"), ...conversation(label), up_to_seq: 1, owner_epoch: 0, status: "running" })),
    fresh: each((label) => ({ ...conversation(label), up_to_seq: 1, owner_epoch: 0 })),
  },
  "public.usage_days": {
    key: ["agent_id", "day"],
    rows: each((label) => ({ agent_id: id(label, "agen"), client_id: companyOf(label), day: "2025-01-01" })),
    fresh: each((label) => ({ agent_id: id(label, "agen"), client_id: companyOf(label), day: "2025-01-02" })),
  },
  "public.hour_figures": {
    key: ["client_id", "agent_id"],
    rows: each((label) => ({ client_id: companyOf(label), agent_id: id(label, "agen"), hour: "2025-01-01T10:00:00Z" })),
    fresh: each((label) => ({ client_id: companyOf(label), hour: "2025-01-01T11:00:00Z" })),
  },
  "public.hour_figures_until": {
    key: ["client_id"],
    rows: each((label) => ({ client_id: companyOf(label) }), ["a1", "b1"]),
    // They come with their companies.
    fresh: {},
  },
  "public.model_calls": {
    key: ["id"],
    rows: each((label) => ({ id: id(label, "call"), ...modelCall(label) })),
    fresh: each(modelCall),
  },
  "public.audit_log": {
    key: ["id"],
    rows: each((label) => ({
      id: id(label, "audi"),
      actor_id: id(label, "user"),
      action: "agent.changed",
      object_id: id(label, "agen"),
      client_id: companyOf(label),
    })),
    fresh: each((label) => ({ actor_id: id(label, "user"), action: "agent.changed", object_id: id(label, "agen") })),
  },
  "public.rate_counters": {
    key: ["key"],
    rows: { a1: { key: "a1", points: 1, ends_at: "2025-01-01T00:00:00Z" } },
    fresh: { a1: { key: "fresh", points: 1, ends_at: "2025-01-01T00:00:00Z" } },
  },
};
