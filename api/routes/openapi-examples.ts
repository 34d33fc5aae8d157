/**
 * Examples of the OpenAPI document, by operation. Together they tell one story: the same company, agent and visitor, under the
 * same ids everywhere. A test lints them against their schemas, and another one lives the story through on a real server.
 */

const id = (digit: string) => `0192f0c1-7a3e-4b6d-8c1f-00000000000${digit}`;
const ID = {
  client: id("1"),
  user: id("2"),
  agent: id("3"),
  subAgent: id("4"),
  draft: id("5"),
  copy: id("6"),
  visitor: id("7"),
  conversation: id("8"),
  question: id("9"),
  reply: id("a"),
  note: id("b"),
  cannedReply: id("c"),
  apiKey: id("d"),
  session: id("e"),
  webhook: "0192f0c1-7a3e-4b6d-8c1f-000000000010",
  delivery: "0192f0c1-7a3e-4b6d-8c1f-000000000011",
  operatorMessage: id("f"),
};
/** A PNG picture of one pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const MADE = "2026-12-01T09:00:00.000Z";
const LATER = "2026-12-01T09:05:00.000Z";
const ACCESS_TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIwMTkyZjBjMSJ9.access";
const REFRESH_TOKEN = "qF3vYx0cZ1n8Rk5tWm2s";
const VISITOR_TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIwMTkyZjBjMSJ9.visitor";

const client = { id: ID.client, name: "Corner Bakery Ltd", created_at: MADE, updated_at: MADE };
const user = {
  id: ID.user,
  email: "ana@example.com",
  role: "client",
  client_id: ID.client,
  name: "Ana",
  created_at: MADE,
};
const authUser = {
  id: ID.user,
  aud: "authenticated",
  role: "authenticated",
  email: "ana@example.com",
  email_confirmed_at: MADE,
  confirmed_at: MADE,
  phone: "",
  last_sign_in_at: MADE,
  app_metadata: { provider: "email", providers: ["email"] },
  user_metadata: {},
  identities: [],
  is_anonymous: false,
  created_at: MADE,
  updated_at: MADE,
};
const apiKey = {
  id: ID.apiKey,
  name: "Shop system",
  prefix: "rns_Zk3vQ9",
  client_id: ID.client,
  scopes: ["read", "conversations:write"],
  created_by: ID.user,
  created_at: MADE,
  expires_at: null,
  last_used_at: null,
};
const agent = {
  id: ID.agent,
  client_id: ID.client,
  name: "Corner Bakery",
  description: "Answers about bread, opening hours and orders.",
  slug: "corner-bakery",
  model: "gpt-4o-mini",
  system_prompt: "You answer for the Corner Bakery, warmly and in short sentences.",
  channel: "web",
  template_type: null,
  status: "draft",
  is_public: false,
  public_url: null,
  config: { greeting: "Good morning! What can I bake for you?", starters: ["Do you deliver?"] },
  access_count: 0,
  created_at: MADE,
  updated_at: MADE,
};
const publishedAgent = {
  ...agent,
  status: "active",
  is_public: true,
  public_url: "https://chat.example.com/a/corner-bakery",
  updated_at: LATER,
};
const draft = {
  ...agent,
  id: ID.draft,
  name: "Evening Bakery",
  description: null,
  slug: "evening-bakery",
  channel: "whatsapp",
  config: {},
};
const publishResult = {
  agent: publishedAgent,
  slug: "corner-bakery",
  public_url: "https://chat.example.com/a/corner-bakery",
  qr_code: "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==",
  qr_svg_url: "https://chat.example.com/a/corner-bakery/qr.svg",
  embed_snippet: '<script src="https://chat.example.com/widget/v1.js" data-agent="corner-bakery" async></script>',
};
const subAgent = {
  id: ID.subAgent,
  agent_id: ID.agent,
  name: "Orders",
  description: null,
  topics: ["orders", "delivery"],
  system_prompt: "You take orders and say when they are ready.",
  model: null,
  channel: null,
  is_active: true,
  knowledge_base: {},
  fine_tuning_config: {},
  created_at: MADE,
  updated_at: MADE,
};
const trace = {
  topic: "delivery",
  candidates: [{ sub_agent_id: ID.subAgent, name: "Orders", topics: ["orders", "delivery"] }],
  chosen: { kind: "sub_agent", id: ID.subAgent, name: "Orders" },
  method: "literal",
  reason: "The message names “delivery”, a topic of Orders alone.",
  error: null,
  model: "gpt-4o-mini",
  classifier_model: null,
  routing_ms: 2,
  first_token_ms: 310,
  latency_ms: 1240,
  tokens: { prompt: 180, completion: 42 },
  config_version: MADE,
  attempt: 1,
};
const visitorUser = { name: "Kim", email: "kim@example.com", verified: false };
const publicAgent = {
  id: ID.agent,
  slug: "corner-bakery",
  name: "Corner Bakery",
  initials: "CB",
  description: "Answers about bread, opening hours and orders.",
  greeting: "Good morning! What can I bake for you?",
  starters: ["Do you deliver?"],
  appearance: {},
  locale: null,
};
const publicSession = {
  token: VISITOR_TOKEN,
  expires_in: 86_400,
  visitor_id: ID.visitor,
  conversation_id: ID.conversation,
  agent: publicAgent,
  user: { name: null, email: null, verified: false },
};
const conversation = {
  id: ID.conversation,
  client_id: ID.client,
  agent_id: ID.agent,
  sub_agent_id: ID.subAgent,
  visitor_id: ID.visitor,
  status: "open",
  owner: "assistant",
  owner_id: null,
  owner_name: null,
  waiting: false,
  owner_epoch: 0,
  last_seq: 2,
  last_rev: 3,
  last_message_preview: "Yes, every morning before eight.",
  last_message_at: LATER,
  source: null,
  locale: "en",
  page_url: "https://shop.example/bread",
  meta: {},
  widget_version: null,
  visitor: visitorUser,
  created_at: MADE,
  updated_at: LATER,
};
const inboxConversation = { ...conversation, unread_count: 2 };
const takenConversation = { ...conversation, owner: "operator", owner_id: ID.apiKey, owner_name: "Shop system", owner_epoch: 1 };
const question = {
  id: ID.question,
  conversation_id: ID.conversation,
  seq: 1,
  rev: 1,
  role: "visitor",
  content: "Is delivery possible tomorrow?",
  status: "complete",
  sender: { kind: "visitor", id: ID.visitor, name: "Kim" },
  attempt: 0,
  client_message_id: null,
  reply_to: null,
  error_code: null,
  feedback: null,
  created_at: MADE,
  updated_at: MADE,
};
const reply = {
  ...question,
  id: ID.reply,
  seq: 2,
  rev: 3,
  role: "assistant",
  content: "Yes, every morning before eight.",
  sender: { kind: "assistant", id: ID.subAgent, name: "Orders" },
  attempt: 1,
  created_at: LATER,
  updated_at: LATER,
};
const operatorMessage = {
  ...question,
  id: ID.operatorMessage,
  seq: 4,
  rev: 5,
  role: "operator",
  content: "I have put two loaves aside for you.",
  sender: { kind: "operator", id: ID.apiKey, name: "Shop system" },
};
const note = {
  id: ID.note,
  conversation_id: ID.conversation,
  author_id: ID.apiKey,
  author_name: "Shop system",
  content: "A regular customer.",
  created_at: MADE,
  updated_at: MADE,
};
const cannedReply = {
  id: ID.cannedReply,
  client_id: ID.client,
  shortcut: "hours",
  content: "We are open from seven to six.",
  created_at: MADE,
  updated_at: MADE,
};
const correction = { sub_agent_id: ID.subAgent, name: "Orders" };
const figures = {
  conversations: 1,
  messages: 2,
  replies: 1,
  median_first_reply_ms: 1240,
  handled_without_person: 1,
  hand_offs: 0,
  thumbs_up: 1,
  thumbs_down: 0,
  prompt_tokens: 180,
  completion_tokens: 42,
  estimated_cost_usd: 0.00005,
};
const limits = {
  replies_per_day: 2000,
  tokens_per_day: 10_000_000,
  usd_per_day: 20,
  visitor_replies_per_day: 200,
  visitor_tokens_per_day: 500_000,
  visitor_usd_per_day: 2,
};
const webhook = {
  id: ID.webhook,
  client_id: ID.client,
  url: "https://shop.example/renus",
  events: ["message.created", "conversation.handed_off"],
  is_active: true,
  disabled_reason: null,
  failing_since: null,
  former_secret_until: null,
  created_at: MADE,
  updated_at: MADE,
};
const delivery = {
  id: ID.delivery,
  type: "webhook.test",
  status: "delivered",
  attempts: 1,
  next_attempt_at: null,
  response_status: 204,
  error: null,
  created_at: LATER,
  delivered_at: LATER,
};
const waitingDelivery = {
  ...delivery,
  status: "pending",
  attempts: 0,
  next_attempt_at: LATER,
  response_status: null,
  delivered_at: null,
};
const QR_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 33 33"></svg>';
const page = (...data: unknown[]) => ({ data, next_cursor: null });

interface OperationExample {
  body?: unknown;
  /** Of the successful answer; left out where it has no body, or bytes. */
  answer?: unknown;
}

export const OPERATION_EXAMPLES: Readonly<Record<string, OperationExample>> = {
  readAuthConfig: { answer: { provider: "embedded", url: "https://chat.example.com", anon_key: "anon" } },
  issueToken: {
    body: { email: "ana@example.com", password: "correct horse battery" },
    answer: {
      access_token: ACCESS_TOKEN,
      token_type: "bearer",
      expires_in: 600,
      expires_at: 1_796_116_200,
      refresh_token: REFRESH_TOKEN,
      user: authUser,
    },
  },
  readOwnUser: { answer: authUser },
  updateOwnUser: { body: { data: { theme: "dark" } }, answer: { ...authUser, user_metadata: { theme: "dark" } } },
  readMe: {
    answer: {
      user: { id: ID.apiKey, email: "", role: "client", client_id: ID.client, name: "Shop system" },
      scopes: ["read", "conversations:write"],
    },
  },

  listClients: { answer: page(client) },
  createClient: { body: { name: "Corner Bakery Ltd" }, answer: client },
  getClient: { answer: client },
  updateClient: { body: { name: "Corner Bakery & Sons" }, answer: { ...client, name: "Corner Bakery & Sons" } },
  listUsers: { answer: page(user) },
  createUser: {
    body: { email: "ana@example.com", password: "correct horse battery", role: "client", client_id: ID.client, name: "Ana" },
    answer: user,
  },
  updateUser: { body: { name: "Ana Lima" }, answer: { ...user, name: "Ana Lima" } },
  listApiKeys: { answer: page(apiKey) },
  createApiKey: {
    body: { name: "Shop system", client_id: ID.client, scopes: ["read", "conversations:write"] },
    answer: { ...apiKey, key: "rns_Zk3vQ9tJx7mB2sLw0aHd4uEy8fPq1oRc5iGn6kVbXzM" },
  },

  startWizard: { body: { name: "Evening Bakery" }, answer: { wizard_id: ID.draft, agent: draft } },
  getWizard: {
    answer: {
      wizard_id: ID.draft,
      agent: draft,
      steps: { 1: false, 2: true, 3: false, 4: false },
      next_step: 1,
      written_prompt: "You are Evening Bakery.",
    },
  },
  saveWizardStep: {
    body: { personality: "Knows every loaf", tone: "warm", greeting: "Good evening!" },
    answer: { wizard_id: ID.draft, step: 2, agent: draft },
  },
  tryInSandbox: {
    body: { message: "Is delivery possible?", history: [{ role: "visitor", content: "Hello" }] },
    answer: { reply: "Yes, every morning before eight.", trace },
  },
  publishWizard: { answer: publishResult },

  listAgents: { answer: page({ ...publishedAgent, last_activity_at: LATER }) },
  createAgent: {
    body: {
      name: "Corner Bakery",
      description: "Answers about bread, opening hours and orders.",
      channel: "web",
      client_id: ID.client,
      system_prompt: "You answer for the Corner Bakery, warmly and in short sentences.",
      config: { greeting: "Good morning! What can I bake for you?", starters: ["Do you deliver?"] },
    },
    answer: agent,
  },
  getAgent: { answer: publishedAgent },
  updateAgent: {
    body: { config: { starters: ["Do you deliver?", "When do you open?"] } },
    answer: { ...publishedAgent, config: { ...agent.config, starters: ["Do you deliver?", "When do you open?"] } },
  },
  setPicture: {
    body: { data: PIXEL },
    answer: {
      ...publishedAgent,
      config: {
        ...agent.config,
        appearance: { avatar_url: "https://chat.example.com/pictures/a7d9a2f0c1b34e5f8d6c7b8a9f0e1d2c.png" },
      },
    },
  },
  publishAgent: { answer: publishResult },
  unpublishAgent: { answer: { ...publishedAgent, status: "inactive" } },
  duplicateAgent: {
    body: { name: "Second Bakery" },
    answer: { ...agent, id: ID.copy, name: "Second Bakery", slug: "second-bakery" },
  },
  listInstalls: {
    answer: page({
      origin: "https://shop.example",
      widget_version: "0.1.0",
      first_seen_at: MADE,
      last_seen_at: LATER,
      sessions: 12,
    }),
  },
  getUsage: {
    answer: {
      replies: 1,
      tokens: 222,
      usd: 0.00005,
      resets_at: "2026-12-02T00:00:00.000Z",
      limits,
      reached: null,
      visitors_stopped: 0,
    },
  },
  getIdentity: { answer: { secret: "b3JkaW5hcnktYnJlYWQtcmlzZXMtc2xvd2x5LWhlcmU", created_at: MADE } },
  rotateIdentity: { answer: { secret: "c291cmRvdWdoLWlzLW9sZGVyLXRoYW4tYWxsLW9mLXU", created_at: LATER } },
  listRoutingExamples: {
    answer: page({
      message_id: ID.reply,
      text: "Is delivery possible tomorrow?",
      chosen_sub_agent_id: ID.subAgent,
      expected_sub_agent_id: ID.subAgent,
      created_at: LATER,
    }),
  },
  testRoute: { body: { message: "Is delivery possible?" }, answer: trace },
  listSubAgents: { answer: page(subAgent) },
  createSubAgent: {
    body: { name: "Orders", topics: ["orders", "delivery"], system_prompt: "You take orders and say when they are ready." },
    answer: subAgent,
  },
  getSubAgent: { answer: subAgent },
  updateSubAgent: { body: { is_active: true }, answer: subAgent },
  getAgentQrSvg: { answer: QR_SVG },
  getPublicQrSvg: { answer: QR_SVG },

  getPublicAgent: { answer: publicAgent },
  createPublicSession: { body: { locale: "en", page_url: "https://shop.example/bread" }, answer: publicSession },
  refreshPublicSession: { answer: publicSession },
  identifyVisitor: { body: { name: "Kim", email: "kim@example.com" }, answer: { ...publicSession, user: visitorUser } },
  exportOwnVisitor: {
    answer: {
      exported_at: LATER,
      visitor: {
        id: ID.visitor,
        agent_id: ID.agent,
        external_id: null,
        name: "Kim",
        email: "kim@example.com",
        is_verified: false,
        locale: "en",
        created_at: MADE,
        last_seen_at: LATER,
        consented_at: null,
        consent_text: null,
      },
      conversations: [
        {
          id: ID.conversation,
          status: "open",
          source: null,
          locale: "en",
          page_url: "https://shop.example/bread",
          meta: {},
          widget_version: null,
          created_at: MADE,
          last_message_at: LATER,
          messages: [question, reply],
        },
      ],
      usage: [{ day: "2026-12-01", replies: 1, tokens: 222 }],
    },
  },
  listChanges: {
    answer: page({
      id: id("0"),
      created_at: LATER,
      actor_id: ID.user,
      actor_name: "ana@example.com",
      action: "agent.changed",
      object_id: ID.agent,
      object_name: "Corner Bakery",
      client_id: ID.client,
      fields: ["config.starters"],
    }),
  },
  postFrame: {
    body: { type: "message", conversation_id: ID.conversation, content: "Is delivery possible tomorrow?" },
    answer: {
      frames: [
        {
          type: "message_sent",
          client_message_id: null,
          message_id: ID.question,
          conversation_id: ID.conversation,
          seq: 1,
          rev: 1,
          created_at: MADE,
          duplicate: false,
        },
      ],
    },
  },
  getEvents: {
    answer: `data: {"type":"connected","user_id":"${ID.visitor}","session_id":"${ID.session}","epoch":"1","protocol":1,"heartbeat_ms":25000}\n\n`,
  },

  listConversations: { answer: page(inboxConversation) },
  countConversations: { answer: { open: 1, waiting: 0, mine: 0 } },
  getConversation: { answer: inboxConversation },
  listMessages: { answer: page({ ...question, trace: null, correction: null }, { ...reply, trace, correction: null }) },
  postOperatorMessage: { body: { content: "I have put two loaves aside for you." }, answer: operatorMessage },
  takeOver: { body: { from: null }, answer: takenConversation },
  handBack: { answer: { ...conversation, owner_epoch: 2 } },
  closeConversation: { answer: { ...conversation, status: "closed" } },
  correctRouting: { body: { sub_agent_id: ID.subAgent }, answer: correction },
  listNotes: { answer: page(note) },
  createNote: { body: { content: "A regular customer." }, answer: note },
  updateNote: {
    body: { content: "A regular customer since May." },
    answer: { ...note, content: "A regular customer since May." },
  },
  listCannedReplies: { answer: page(cannedReply) },
  createCannedReply: {
    body: { client_id: ID.client, shortcut: "hours", content: "We are open from seven to six." },
    answer: cannedReply,
  },
  updateCannedReply: { body: { content: "We open at seven." }, answer: { ...cannedReply, content: "We open at seven." } },
  listWebhooks: { answer: page(webhook) },
  createWebhook: {
    body: { client_id: ID.client, url: "https://shop.example/renus", events: ["message.created", "conversation.handed_off"] },
    answer: { ...webhook, secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDaGVsbG8gd29ybGQ=" },
  },
  getWebhook: { answer: webhook },
  updateWebhook: { body: { is_active: true }, answer: webhook },
  rotateWebhookSecret: {
    answer: {
      ...webhook,
      former_secret_until: "2026-12-02T09:05:00.000Z",
      secret: "whsec_bmV3IHNlY3JldCBvZiB0aGUgYmFrZXJ5J3Mgd2ViaG9vay4=",
    },
  },
  testWebhook: { answer: waitingDelivery },
  listDeliveries: { answer: page(delivery) },
  replayDelivery: { answer: waitingDelivery },
  getOverview: {
    answer: {
      from: "2026-11-24T10:00:00.000Z",
      to: "2026-12-01T10:00:00.000Z",
      totals: figures,
      previous: { ...figures, conversations: 0, messages: 0, replies: 0, thumbs_up: 0 },
      series: [{ at: "2026-12-01T00:00:00.000Z", conversations: 1, messages: 2, replies: 1 }],
      topics: [
        {
          topic: "delivery",
          volume: 1,
          fallback_share: 0,
          hand_offs: 0,
          thumbs_up: 1,
          thumbs_down: 0,
          prompt_tokens: 180,
          completion_tokens: 42,
          estimated_cost_usd: 0.00005,
        },
      ],
      sources: [{ source: null, conversations: 1 }],
    },
  },
  readHealth: { answer: { status: "ok", installation: "5f0c2a9be1d4" } },
  readReadiness: { answer: { status: "ready", checks: { database: true, migrations: true, bus: true, registry: true } } },
  readMetrics: { answer: "# HELP renus_http_seconds HTTP requests.\n# TYPE renus_http_seconds histogram\n" },
};

/** In the shape that every operation but sign-in has. */
export function errorExample(path: string, status: number): unknown {
  if (path === "/readyz")
    return { status: "not_ready", checks: { database: false, migrations: false, bus: true, registry: true } };
  if (path.startsWith("/auth/v1/")) return { code: "invalid_credentials", message: "Invalid login credentials" };
  return { ...errorOf(path, status), request_id: ID.session };
}
function errorOf(path: string, status: number): { error: string; code: string; [detail: string]: unknown } {
  switch (status) {
    case 400:
      return {
        error: "name: This may not be empty.",
        code: "VALIDATION_ERROR",
        issues: [{ path: "name", message: "This may not be empty." }],
      };
    case 401:
      return { error: "Sign in to do this. The token is missing, wrong or expired.", code: "AUTH_ERROR" };
    case 403:
      return { error: "Your role does not allow this.", code: "FORBIDDEN" };
    case 404:
      return notFound(path);
    case 409:
      return conflict(path);
    case 413:
      return { error: "The body is too large.", code: "PAYLOAD_TOO_LARGE", bytes_max: 1_048_576 };
    case 429:
      return {
        error: "That was too fast. Please wait a moment and try again.",
        code: "RATE_LIMITED",
        retry_after_ms: 2000,
      };
    case 502:
      return { error: "The model did not answer. Please try again.", code: "MODEL_UNAVAILABLE" };
    default:
      return { error: "Something went wrong on our side. Please try again.", code: "INTERNAL_ERROR" };
  }
}
function notFound(path: string) {
  if (path.startsWith("/agents/") || path.startsWith("/public/"))
    return { error: "This agent does not exist, or you may not see it.", code: "AGENT_NOT_FOUND", agent_id: ID.agent };
  if (path.startsWith("/conversations/"))
    return { error: "This conversation does not exist, or you may not see it.", code: "CONVERSATION_NOT_FOUND" };
  return { error: "This does not exist, or you may not see it.", code: "NOT_FOUND" };
}
function conflict(path: string) {
  if (path.endsWith("/publish")) return { error: "Two steps are missing.", code: "WIZARD_INCOMPLETE", missing_steps: [1, 2] };
  if (path.startsWith("/agents")) return { error: "This address is taken.", code: "SLUG_TAKEN", slug: "corner-bakery" };
  if (path.startsWith("/conversations")) return { error: "This conversation is closed.", code: "CONVERSATION_CLOSED" };
  return { error: "This Idempotency-Key was used for another request. Use a new one for each.", code: "IDEMPOTENCY_CONFLICT" };
}

/** Of what stands in addresses, by path and name; the longest beginning that fits counts. */
const PARAMETER_EXAMPLES: readonly (readonly [pathBegins: string, values: Readonly<Record<string, string>>])[] = [
  ["/agents/wizard/", { id: ID.draft, n: "2" }],
  ["/agents/", { id: ID.agent, sid: ID.subAgent }],
  ["/api-keys/", { id: ID.apiKey }],
  ["/canned-replies/", { id: ID.cannedReply }],
  ["/clients/", { id: ID.client }],
  ["/conversations/", { id: ID.conversation, message_id: ID.reply, note_id: ID.note }],
  ["/users/", { id: ID.user }],
  ["/visitors/", { id: ID.visitor }],
  ["/webhooks/", { id: ID.webhook, delivery_id: ID.delivery }],
  ["/", { slug: "corner-bakery" }],
];
export function parameterExample(path: string, name: string): string | undefined {
  return PARAMETER_EXAMPLES.find(([begins]) => path.startsWith(begins))?.[1][name];
}
