/** What the HTTP API takes and answers, written by `npm run generate` from docs/openapi.json. */
export interface Agent {
  id: string;
  client_id: string;
  name: string;
  description: string | null;
  slug: string;
  model: string;
  system_prompt: string;
  channel: string;
  template_type: string | null;
  status: "draft" | "active" | "inactive";
  is_public: boolean;
  public_url: string | null;
  config: { [name: string]: unknown };
  access_count: number;
  created_at: string;
  updated_at: string;
}
export interface AgentIdentity {
  secret: string;
  created_at: string;
}
export interface SubAgent {
  id: string;
  agent_id: string;
  name: string;
  description: string | null;
  topics: string[];
  system_prompt: string;
  model: string | null;
  channel: string | null;
  is_active: boolean;
  knowledge_base: { [name: string]: unknown };
  fine_tuning_config: { [name: string]: unknown };
  created_at: string;
  updated_at: string;
}
export interface Conversation {
  id: string;
  client_id: string;
  agent_id: string | null;
  sub_agent_id: string | null;
  visitor_id: string | null;
  status: "open" | "closed";
  owner: "assistant" | "operator";
  owner_id: string | null;
  owner_name: string | null;
  waiting: boolean;
  owner_epoch: number;
  last_seq: number;
  last_rev: number;
  last_message_preview: string | null;
  last_message_at: string | null;
  source: string | null;
  locale: string | null;
  page_url: string | null;
  meta: { [name: string]: string };
  widget_version: string | null;
  visitor: VisitorUser | null;
  created_at: string;
  updated_at: string;
}
export interface Message {
  id: string;
  conversation_id: string;
  seq: number;
  rev: number;
  role: "visitor" | "assistant" | "operator" | "system";
  content: string;
  status: "complete" | "streaming" | "cancelled" | "failed";
  sender: { kind: "visitor" | "assistant" | "operator" | "system"; id: string | null; name: string | null };
  attempt: number;
  client_message_id: string | null;
  reply_to: string | null;
  error_code: string | null;
  feedback: "up" | "down" | null;
  created_at: string;
  updated_at: string;
}
export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  client_id: string | null;
  scopes: ("read" | "agents:write" | "conversations:write" | "clients:write" | "webhooks:write")[];
  created_by: string | null;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}
export interface Webhook {
  id: string;
  client_id: string;
  url: string;
  events: ("message.created" | "conversation.created" | "conversation.handed_off" | "conversation.handed_back" | "conversation.closed" | "agent.published" | "agent.unpublished")[];
  is_active: boolean;
  disabled_reason: "failing" | "gone" | null;
  failing_since: string | null;
  former_secret_until: string | null;
  created_at: string;
  updated_at: string;
}
export interface WebhookDelivery {
  id: string;
  type: string;
  status: "pending" | "delivered" | "failed";
  attempts: number;
  next_attempt_at: string | null;
  response_status: number | null;
  error: string | null;
  created_at: string;
  delivered_at: string | null;
}
export interface Client {
  id: string;
  name: string;
  created_at: string;
  updated_at: string;
}
export interface User {
  id: string;
  email: string;
  role: "admin" | "client";
  client_id: string | null;
  name: string | null;
  created_at: string;
}
export interface VisitorUser {
  name: string | null;
  email: string | null;
  verified: boolean;
}
export interface RoutingTrace {
  topic: string | null;
  candidates: ({ sub_agent_id: string; name: string; topics: string[] })[];
  chosen: { kind: "agent" | "sub_agent"; id: string; name: string };
  method: "no_candidates" | "literal" | "model" | "sticky" | "fallback";
  reason: string;
  error: { code: string; message: string } | null;
  model: string;
  classifier_model: string | null;
  routing_ms: number;
  first_token_ms: number | null;
  latency_ms: number | null;
  tokens: { prompt: number; completion: number } | null;
  config_version: string;
  attempt: number;
}
export interface PublishResult {
  agent: Agent;
  slug: string;
  public_url: string;
  qr_code: string;
  qr_svg_url: string;
  embed_snippet: string;
}
export interface WizardState {
  wizard_id: string;
  agent: Agent;
  steps: { "1": boolean; "2": boolean; "3": boolean; "4": boolean };
  next_step: number | null;
  written_prompt: string;
}

export interface ApiRoutes {
  "GET /me": { input: {  }; answer: { user: { id: string; email: string; role: "admin" | "client"; client_id: string | null; name: string | null }; scopes: ("read" | "agents:write" | "conversations:write" | "clients:write" | "webhooks:write")[] | null } };
  "GET /clients": { input: { query?: { limit?: number; cursor?: string } }; answer: { data: Client[]; next_cursor: string | null } };
  "POST /clients": { input: { body: { name: string }; idempotencyKey?: string }; answer: Client };
  "GET /clients/{id}": { input: { params: { id: string } }; answer: Client };
  "PATCH /clients/{id}": { input: { params: { id: string }; body: { name?: string } }; answer: Client };
  "DELETE /clients/{id}": { input: { params: { id: string } }; answer: void };
  "GET /users": { input: { query?: { limit?: number; cursor?: string } }; answer: { data: User[]; next_cursor: string | null } };
  "POST /users": { input: { body: { email: string; password?: string; role: "admin" | "client"; client_id?: string | null; name?: string | null }; idempotencyKey?: string }; answer: User };
  "PATCH /users/{id}": { input: { params: { id: string }; body: { email?: string; password?: string; role?: "admin" | "client"; client_id?: string | null; name?: string | null } }; answer: User };
  "DELETE /users/{id}": { input: { params: { id: string } }; answer: void };
  "GET /api-keys": { input: { query?: { limit?: number; cursor?: string } }; answer: { data: ApiKey[]; next_cursor: string | null } };
  "POST /api-keys": { input: { body: { name: string; client_id: string | null; scopes: ("read" | "agents:write" | "conversations:write" | "clients:write" | "webhooks:write")[]; expires_at?: string | null }; idempotencyKey?: string }; answer: { id: string; name: string; prefix: string; client_id: string | null; scopes: ("read" | "agents:write" | "conversations:write" | "clients:write" | "webhooks:write")[]; created_by: string | null; created_at: string; expires_at: string | null; last_used_at: string | null; key: string } };
  "DELETE /api-keys/{id}": { input: { params: { id: string } }; answer: void };
  "POST /agents/wizard/start": { input: { body: { client_id?: string; name?: string }; idempotencyKey?: string }; answer: { wizard_id: string; agent: Agent } };
  "GET /agents/wizard/{id}": { input: { params: { id: string } }; answer: WizardState };
  "PUT /agents/wizard/{id}/step/{n}": { input: { params: { id: string; n: string }; body: { name: string; template_type?: string | null; niche?: string | null; description?: string | null } | { personality: string; tone: string; language?: string; greeting?: string; system_prompt?: string } | { fields: ({ key: string; label: string; type: "text" | "email" | "phone" | "number" | "date" | "select" | "boolean"; required?: boolean })[]; starters?: string[] } | { integrations: { [name: string]: unknown }; model?: string; channel?: string } }; answer: { wizard_id: string; step: number; agent: Agent } };
  "POST /agents/wizard/{id}/sandbox": { input: { params: { id: string }; body: { message: string; history?: ({ role: "visitor" | "assistant"; content: string })[] }; idempotencyKey?: string }; answer: { reply: string; trace: RoutingTrace } };
  "POST /agents/wizard/{id}/publish": { input: { params: { id: string }; idempotencyKey?: string }; answer: PublishResult };
  "GET /agents": { input: { query?: { limit?: number; cursor?: string; status?: "draft" | "active" | "inactive"; q?: string; sort?: "created" | "name" | "last_activity" | "visits" } }; answer: { data: ({ id: string; client_id: string; name: string; description: string | null; slug: string; model: string; system_prompt: string; channel: string; template_type: string | null; status: "draft" | "active" | "inactive"; is_public: boolean; public_url: string | null; config: { [name: string]: unknown }; access_count: number; created_at: string; updated_at: string; last_activity_at: string | null })[]; next_cursor: string | null } };
  "POST /agents": { input: { body: { name: string; description?: string | null; slug?: string; model?: string; system_prompt?: string; channel?: string; template_type?: string | null; client_id?: string; config?: { appearance?: { color?: string | null; theme?: "auto" | "light" | "dark" | null; position?: "bottom-right" | "bottom-left" | null; avatar_url?: string | null } | null; locale?: string | null; greeting?: string | null; starters?: string[] | null; allowed_origins?: string[] | null; limits?: { replies_per_day?: number | null; tokens_per_day?: number | null; usd_per_day?: number | null; visitor_replies_per_day?: number | null; visitor_tokens_per_day?: number | null; visitor_usd_per_day?: number | null } | null; consent?: { text: string; url?: string | null } | null; retention_days?: number | null } & { [name: string]: unknown } }; idempotencyKey?: string }; answer: Agent };
  "GET /agents/{id}": { input: { params: { id: string } }; answer: Agent };
  "PATCH /agents/{id}": { input: { params: { id: string }; body: { name?: string; description?: string | null; slug?: string; model?: string; system_prompt?: string; channel?: string; template_type?: string | null; config?: { appearance?: { color?: string | null; theme?: "auto" | "light" | "dark" | null; position?: "bottom-right" | "bottom-left" | null; avatar_url?: string | null } | null; locale?: string | null; greeting?: string | null; starters?: string[] | null; allowed_origins?: string[] | null; limits?: { replies_per_day?: number | null; tokens_per_day?: number | null; usd_per_day?: number | null; visitor_replies_per_day?: number | null; visitor_tokens_per_day?: number | null; visitor_usd_per_day?: number | null } | null; consent?: { text: string; url?: string | null } | null; retention_days?: number | null } & { [name: string]: unknown } } }; answer: Agent };
  "DELETE /agents/{id}": { input: { params: { id: string } }; answer: void };
  "PUT /agents/{id}/picture": { input: { params: { id: string }; body: { data: string } }; answer: Agent };
  "POST /agents/{id}/publish": { input: { params: { id: string }; idempotencyKey?: string }; answer: PublishResult };
  "POST /agents/{id}/unpublish": { input: { params: { id: string }; idempotencyKey?: string }; answer: Agent };
  "POST /agents/{id}/duplicate": { input: { params: { id: string }; body: { name: string }; idempotencyKey?: string }; answer: Agent };
  "GET /agents/{id}/installs": { input: { params: { id: string }; query?: { limit?: number; cursor?: string } }; answer: { data: ({ origin: string; widget_version: string | null; first_seen_at: string; last_seen_at: string; sessions: number })[]; next_cursor: string | null } };
  "GET /agents/{id}/usage": { input: { params: { id: string } }; answer: { replies: number; tokens: number; usd: number; resets_at: string; limits: { replies_per_day: number; tokens_per_day: number; usd_per_day: number; visitor_replies_per_day: number; visitor_tokens_per_day: number; visitor_usd_per_day: number }; reached: "replies" | "tokens" | "usd" | null; visitors_stopped: number } };
  "GET /agents/{id}/identity": { input: { params: { id: string } }; answer: AgentIdentity };
  "POST /agents/{id}/identity/rotate": { input: { params: { id: string }; idempotencyKey?: string }; answer: AgentIdentity };
  "GET /agents/{id}/routing-examples": { input: { params: { id: string }; query?: { limit?: number; cursor?: string } }; answer: { data: ({ message_id: string; text: string; chosen_sub_agent_id: string | null; expected_sub_agent_id: string | null; created_at: string })[]; next_cursor: string | null } };
  "POST /agents/{id}/route": { input: { params: { id: string }; body: { message: string; history?: ({ role: "visitor" | "assistant"; content: string })[] }; idempotencyKey?: string }; answer: RoutingTrace };
  "GET /agents/{id}/sub-agents": { input: { params: { id: string }; query?: { limit?: number; cursor?: string } }; answer: { data: SubAgent[]; next_cursor: string | null } };
  "POST /agents/{id}/sub-agents": { input: { params: { id: string }; body: { name: string; description?: string | null; topics: string[]; system_prompt: string; model?: string | null; channel?: string | null; is_active?: boolean; knowledge_base?: { [name: string]: unknown }; fine_tuning_config?: { [name: string]: unknown } }; idempotencyKey?: string }; answer: SubAgent };
  "GET /agents/{id}/sub-agents/{sid}": { input: { params: { id: string; sid: string } }; answer: SubAgent };
  "PATCH /agents/{id}/sub-agents/{sid}": { input: { params: { id: string; sid: string }; body: { name?: string; description?: string | null; topics?: string[]; system_prompt?: string; model?: string | null; channel?: string | null; is_active?: boolean; knowledge_base?: { [name: string]: unknown }; fine_tuning_config?: { [name: string]: unknown } } }; answer: SubAgent };
  "DELETE /agents/{id}/sub-agents/{sid}": { input: { params: { id: string; sid: string } }; answer: void };
  "GET /agents/{id}/qr.svg": { input: { params: { id: string }; query?: { src?: string } }; answer: string };
  "GET /agents/{id}/qr.png": { input: { params: { id: string }; query?: { src?: string; size?: number } }; answer: Blob };
  "GET /conversations": { input: { query?: { limit?: number; cursor?: string; agent_id?: string; status?: "open" | "closed"; owner?: "assistant" | "operator" | "me"; waiting?: "true"; q?: string; has_messages?: "true" | "false" } }; answer: { data: ({ id: string; client_id: string; agent_id: string | null; sub_agent_id: string | null; visitor_id: string | null; status: "open" | "closed"; owner: "assistant" | "operator"; owner_id: string | null; owner_name: string | null; waiting: boolean; owner_epoch: number; last_seq: number; last_rev: number; last_message_preview: string | null; last_message_at: string | null; source: string | null; locale: string | null; page_url: string | null; meta: { [name: string]: string }; widget_version: string | null; visitor: VisitorUser | null; created_at: string; updated_at: string; unread_count: number })[]; next_cursor: string | null } };
  "GET /conversations/counts": { input: { query?: { agent_id?: string } }; answer: { open: number; waiting: number; mine: number } };
  "GET /conversations/{id}": { input: { params: { id: string } }; answer: { id: string; client_id: string; agent_id: string | null; sub_agent_id: string | null; visitor_id: string | null; status: "open" | "closed"; owner: "assistant" | "operator"; owner_id: string | null; owner_name: string | null; waiting: boolean; owner_epoch: number; last_seq: number; last_rev: number; last_message_preview: string | null; last_message_at: string | null; source: string | null; locale: string | null; page_url: string | null; meta: { [name: string]: string }; widget_version: string | null; visitor: VisitorUser | null; created_at: string; updated_at: string; unread_count: number } };
  "GET /conversations/{id}/messages": { input: { params: { id: string }; query?: { after_seq?: number | null; before_seq?: number; limit?: number; cursor?: string } }; answer: { data: ({ id: string; conversation_id: string; seq: number; rev: number; role: "visitor" | "assistant" | "operator" | "system"; content: string; status: "complete" | "streaming" | "cancelled" | "failed"; sender: { kind: "visitor" | "assistant" | "operator" | "system"; id: string | null; name: string | null }; attempt: number; client_message_id: string | null; reply_to: string | null; error_code: string | null; feedback: "up" | "down" | null; created_at: string; updated_at: string; trace: RoutingTrace | null; correction: { sub_agent_id: string | null; name: string | null } | null })[]; next_cursor: string | null } };
  "POST /conversations/{id}/messages": { input: { params: { id: string }; body: { content: string; client_message_id?: string; reply_to?: string | null }; idempotencyKey?: string }; answer: Message };
  "POST /conversations/{id}/take-over": { input: { params: { id: string }; body?: { from?: string | null }; idempotencyKey?: string }; answer: Conversation };
  "POST /conversations/{id}/hand-back": { input: { params: { id: string }; idempotencyKey?: string }; answer: Conversation };
  "POST /conversations/{id}/close": { input: { params: { id: string }; idempotencyKey?: string }; answer: Conversation };
  "GET /conversations/{id}/export": { input: { params: { id: string }; query?: { format?: "json" | "txt" } }; answer: unknown };
  "PUT /conversations/{id}/messages/{message_id}/correction": { input: { params: { id: string; message_id: string }; body: { sub_agent_id: string | null } }; answer: { sub_agent_id: string | null; name: string | null } };
  "DELETE /conversations/{id}/messages/{message_id}/correction": { input: { params: { id: string; message_id: string } }; answer: void };
  "GET /conversations/{id}/notes": { input: { params: { id: string }; query?: { limit?: number; cursor?: string } }; answer: { data: ({ id: string; conversation_id: string; author_id: string | null; author_name: string | null; content: string; created_at: string; updated_at: string })[]; next_cursor: string | null } };
  "POST /conversations/{id}/notes": { input: { params: { id: string }; body: { content: string }; idempotencyKey?: string }; answer: { id: string; conversation_id: string; author_id: string | null; author_name: string | null; content: string; created_at: string; updated_at: string } };
  "PATCH /conversations/{id}/notes/{note_id}": { input: { params: { id: string; note_id: string }; body: { content: string } }; answer: { id: string; conversation_id: string; author_id: string | null; author_name: string | null; content: string; created_at: string; updated_at: string } };
  "DELETE /conversations/{id}/notes/{note_id}": { input: { params: { id: string; note_id: string } }; answer: void };
  "DELETE /visitors/{id}": { input: { params: { id: string } }; answer: void };
  "GET /visitors/{id}/export": { input: { params: { id: string } }; answer: unknown };
  "GET /canned-replies": { input: { query?: { limit?: number; cursor?: string } }; answer: { data: ({ id: string; client_id: string; shortcut: string; content: string; created_at: string; updated_at: string })[]; next_cursor: string | null } };
  "POST /canned-replies": { input: { body: { client_id?: string; shortcut: string; content: string }; idempotencyKey?: string }; answer: { id: string; client_id: string; shortcut: string; content: string; created_at: string; updated_at: string } };
  "PATCH /canned-replies/{id}": { input: { params: { id: string }; body: { shortcut?: string; content?: string } }; answer: { id: string; client_id: string; shortcut: string; content: string; created_at: string; updated_at: string } };
  "DELETE /canned-replies/{id}": { input: { params: { id: string } }; answer: void };
  "GET /overview": { input: { query?: { period?: "24h" | "7d" | "30d"; agent_id?: string } }; answer: { from: string; to: string; totals: { conversations: number; messages: number; replies: number; median_first_reply_ms: number | null; handled_without_person: number | null; hand_offs: number; thumbs_up: number; thumbs_down: number; prompt_tokens: number; completion_tokens: number; estimated_cost_usd: number | null }; previous: { conversations: number; messages: number; replies: number; median_first_reply_ms: number | null; handled_without_person: number | null; hand_offs: number; thumbs_up: number; thumbs_down: number; prompt_tokens: number; completion_tokens: number; estimated_cost_usd: number | null }; series: ({ at: string; conversations: number; messages: number; replies: number })[]; topics: ({ topic: string | null; volume: number; fallback_share: number; hand_offs: number; thumbs_up: number; thumbs_down: number; prompt_tokens: number; completion_tokens: number; estimated_cost_usd: number | null })[]; sources: ({ source: string | null; conversations: number })[] } };
  "GET /webhooks": { input: { query?: { limit?: number; cursor?: string } }; answer: { data: Webhook[]; next_cursor: string | null } };
  "POST /webhooks": { input: { body: { client_id?: string; url: string; events: ("message.created" | "conversation.created" | "conversation.handed_off" | "conversation.handed_back" | "conversation.closed" | "agent.published" | "agent.unpublished")[] }; idempotencyKey?: string }; answer: { id: string; client_id: string; url: string; events: ("message.created" | "conversation.created" | "conversation.handed_off" | "conversation.handed_back" | "conversation.closed" | "agent.published" | "agent.unpublished")[]; is_active: boolean; disabled_reason: "failing" | "gone" | null; failing_since: string | null; former_secret_until: string | null; created_at: string; updated_at: string; secret: string } };
  "GET /webhooks/{id}": { input: { params: { id: string } }; answer: Webhook };
  "PATCH /webhooks/{id}": { input: { params: { id: string }; body: { url?: string; events?: ("message.created" | "conversation.created" | "conversation.handed_off" | "conversation.handed_back" | "conversation.closed" | "agent.published" | "agent.unpublished")[]; is_active?: boolean } }; answer: Webhook };
  "DELETE /webhooks/{id}": { input: { params: { id: string } }; answer: void };
  "POST /webhooks/{id}/rotate-secret": { input: { params: { id: string }; idempotencyKey?: string }; answer: { id: string; client_id: string; url: string; events: ("message.created" | "conversation.created" | "conversation.handed_off" | "conversation.handed_back" | "conversation.closed" | "agent.published" | "agent.unpublished")[]; is_active: boolean; disabled_reason: "failing" | "gone" | null; failing_since: string | null; former_secret_until: string | null; created_at: string; updated_at: string; secret: string } };
  "POST /webhooks/{id}/test": { input: { params: { id: string }; idempotencyKey?: string }; answer: WebhookDelivery };
  "GET /webhooks/{id}/deliveries": { input: { params: { id: string }; query?: { limit?: number; cursor?: string } }; answer: { data: WebhookDelivery[]; next_cursor: string | null } };
  "POST /webhooks/{id}/deliveries/{delivery_id}/replay": { input: { params: { id: string; delivery_id: string }; idempotencyKey?: string }; answer: WebhookDelivery };
  "GET /audit-log": { input: { query?: { limit?: number; cursor?: string; action?: "agent.created" | "agent.changed" | "agent.published" | "agent.paused" | "agent.deleted" | "agent.secret_rotated" | "sub_agent.created" | "sub_agent.changed" | "sub_agent.deleted" | "client.created" | "client.changed" | "client.deleted" | "user.created" | "user.changed" | "user.deleted" | "api_key.created" | "api_key.revoked" | "webhook.created" | "webhook.changed" | "webhook.deleted" | "webhook.secret_rotated" | "canned_reply.created" | "canned_reply.changed" | "canned_reply.deleted" | "visitor.exported" | "visitor.erased"; actor_id?: string; object_id?: string } }; answer: { data: ({ id: string; created_at: string; actor_id: string; actor_name: string | null; action: "agent.created" | "agent.changed" | "agent.published" | "agent.paused" | "agent.deleted" | "agent.secret_rotated" | "sub_agent.created" | "sub_agent.changed" | "sub_agent.deleted" | "client.created" | "client.changed" | "client.deleted" | "user.created" | "user.changed" | "user.deleted" | "api_key.created" | "api_key.revoked" | "webhook.created" | "webhook.changed" | "webhook.deleted" | "webhook.secret_rotated" | "canned_reply.created" | "canned_reply.changed" | "canned_reply.deleted" | "visitor.exported" | "visitor.erased"; object_id: string; object_name: string | null; client_id: string | null; fields: string[] })[]; next_cursor: string | null } };
}

/** What a webhook sends, once its signature is verified. */
export type WebhookPayload =
  | { type: "message.created"; timestamp: string; data: { message: Message } }
  | { type: "conversation.created"; timestamp: string; data: { conversation: Conversation } }
  | { type: "conversation.handed_off"; timestamp: string; data: { conversation: Conversation } }
  | { type: "conversation.handed_back"; timestamp: string; data: { conversation: Conversation } }
  | { type: "conversation.closed"; timestamp: string; data: { conversation: Conversation } }
  | { type: "agent.published"; timestamp: string; data: { agent: { id: string; client_id: string; name: string; slug: string; status: string } } }
  | { type: "agent.unpublished"; timestamp: string; data: { agent: { id: string; client_id: string; name: string; slug: string; status: string } } }
  | { type: "webhook.test"; timestamp: string; data: { [name: string]: unknown } };
