// Generated from supabase/migrations by `npm run generate`. Do not edit.
import type { ColumnType } from "kysely";

/** Written with its default when left out. */
export type Generated<T> = T extends ColumnType<infer S, infer I, infer U> ? ColumnType<S, I | undefined, U> : ColumnType<T, T | undefined, T>;
/** ISO 8601 UTC. */
export type Timestamp = string;
/** Read as a value, written as JSON text: the drivers disagree on arrays otherwise. */
export type Jsonb = ColumnType<Record<string, unknown>, string, string>;

export interface AgentInstallsTable {
  agent_id: string;
  client_id: string;
  origin: string;
  widget_version: string | null;
  first_seen_at: Generated<Timestamp>;
  last_seen_at: Generated<Timestamp>;
  sessions: Generated<number>;
}

export interface AgentSecretsTable {
  agent_id: string;
  client_id: string;
  identity_secret: string;
  created_at: Generated<Timestamp>;
  updated_at: Generated<Timestamp>;
}

export interface AgentsTable {
  id: Generated<string>;
  client_id: string;
  name: string;
  description: string | null;
  slug: string;
  model: Generated<string>;
  system_prompt: string;
  channel: Generated<string>;
  template_type: string | null;
  status: Generated<string>;
  is_public: Generated<boolean>;
  public_url: string | null;
  config: Generated<Jsonb>;
  access_count: Generated<number>;
  created_at: Generated<Timestamp>;
  updated_at: Generated<Timestamp>;
}

export interface ApiKeysTable {
  id: Generated<string>;
  client_id: string | null;
  name: string;
  prefix: string;
  key_hash: string;
  scopes: string[];
  created_by: string | null;
  created_at: Generated<Timestamp>;
  expires_at: Timestamp | null;
  last_used_at: Timestamp | null;
}

export interface AuditLogTable {
  id: Generated<string>;
  created_at: Generated<Timestamp>;
  actor_id: string;
  actor_name: string | null;
  action: string;
  object_id: string;
  object_name: string | null;
  client_id: string | null;
  fields: Generated<string[]>;
}

export interface CannedRepliesTable {
  id: Generated<string>;
  client_id: string;
  shortcut: string;
  content: string;
  created_at: Generated<Timestamp>;
  updated_at: Generated<Timestamp>;
}

export interface ClientsTable {
  id: Generated<string>;
  name: string;
  created_at: Generated<Timestamp>;
  updated_at: Generated<Timestamp>;
}

export interface ConversationNotesTable {
  id: Generated<string>;
  conversation_id: string;
  client_id: string;
  author_id: string | null;
  author_name: string | null;
  content: string;
  created_at: Generated<Timestamp>;
  updated_at: Generated<Timestamp>;
}

export interface ConversationsTable {
  id: Generated<string>;
  client_id: string;
  sub_agent_id: string | null;
  status: Generated<string>;
  created_at: Generated<Timestamp>;
  updated_at: Generated<Timestamp>;
  agent_id: string | null;
  visitor_id: string | null;
  owner: Generated<string>;
  owner_id: string | null;
  owner_epoch: Generated<number>;
  last_seq: Generated<number>;
  last_rev: Generated<number>;
  last_message_preview: string | null;
  last_message_at: Timestamp | null;
  source: string | null;
  locale: string | null;
  page_url: string | null;
  meta: Generated<Jsonb>;
  widget_version: string | null;
  owner_name: string | null;
  last_role: string | null;
  is_failed: Generated<boolean>;
  waiting: Generated<boolean>;
  first_asked_at: Timestamp | null;
  first_answered_at: Timestamp | null;
  has_operator: Generated<boolean>;
}

export interface HourFiguresTable {
  client_id: string;
  agent_id: string | null;
  hour: Timestamp;
  topic: string | null;
  model: string | null;
  messages: Generated<number>;
  replies: Generated<number>;
  volume: Generated<number>;
  fallbacks: Generated<number>;
  prompt_tokens: Generated<number>;
  completion_tokens: Generated<number>;
  thumbs_up: Generated<number>;
  thumbs_down: Generated<number>;
}

export interface HourFiguresUntilTable {
  client_id: string;
  until: Timestamp | null;
}

export interface IdempotencyKeysTable {
  caller_id: string;
  key_hash: string;
  request_hash: string;
  holder: string;
  held_until: Timestamp;
  status: number | null;
  answer: string | null;
  created_at: Generated<Timestamp>;
}

export interface MessageTracesTable {
  message_id: string;
  client_id: string;
  trace: Jsonb;
  created_at: Generated<Timestamp>;
  agent_id: string | null;
  topic: Generated<string | null>;
  model: Generated<string | null>;
  is_fallback: Generated<boolean | null>;
  prompt_tokens: Generated<number | null>;
  completion_tokens: Generated<number | null>;
}

export interface MessagesTable {
  id: Generated<string>;
  conversation_id: string;
  role: string;
  content: string;
  created_at: Generated<Timestamp>;
  client_id: string;
  seq: number;
  rev: number;
  status: Generated<string>;
  sender_id: string | null;
  sender_name: string | null;
  attempt: Generated<number>;
  client_message_id: string | null;
  reply_to: string | null;
  error_code: string | null;
  updated_at: Generated<Timestamp>;
  feedback: string | null;
}

export interface ModelCallsTable {
  id: Generated<string>;
  agent_id: string;
  visitor_id: string | null;
  client_id: string;
  job_id: string | null;
  day: string;
  replies: number;
  tokens: number;
  micro_usd: number;
  expires_at: Timestamp;
}

export interface ParticipantsTable {
  conversation_id: string;
  user_id: string;
  client_id: string;
  kind: string;
  last_read_seq: Generated<number>;
  updated_at: Generated<Timestamp>;
}

export interface ProfilesTable {
  id: string;
  role: Generated<string>;
  client_id: string | null;
  created_at: Generated<Timestamp>;
  updated_at: Generated<Timestamp>;
  name: string | null;
  email: string | null;
}

export interface RateCountersTable {
  key: string;
  points: number;
  ends_at: Timestamp;
}

export interface ReplyJobsTable {
  id: Generated<string>;
  conversation_id: string;
  client_id: string;
  status: Generated<string>;
  up_to_seq: number;
  message_id: string | null;
  owner_epoch: number;
  fence: Generated<number>;
  attempt: Generated<number>;
  worker_id: string | null;
  lease_until: Timestamp | null;
  cancel_requested: Generated<boolean>;
  error_code: string | null;
  created_at: Generated<Timestamp>;
  updated_at: Generated<Timestamp>;
  is_counted: Generated<boolean>;
}

export interface RoutingExamplesTable {
  message_id: string;
  agent_id: string;
  client_id: string;
  text: string;
  chosen_sub_agent_id: string | null;
  expected_sub_agent_id: string | null;
  created_by: string | null;
  created_at: Generated<Timestamp>;
}

export interface SubAgentsTable {
  id: Generated<string>;
  name: string;
  description: string | null;
  model: string | null;
  system_prompt: string;
  channel: string | null;
  created_at: Generated<Timestamp>;
  updated_at: Generated<Timestamp>;
  agent_id: string;
  topics: Generated<string[]>;
  is_active: Generated<boolean>;
  knowledge_base: Generated<Jsonb>;
  fine_tuning_config: Generated<Jsonb>;
}

export interface SubAgentsUnownedTable {
  id: string;
  data: Jsonb | null;
  archived_at: Timestamp | null;
}

export interface UsageDaysTable {
  agent_id: string;
  visitor_id: string | null;
  client_id: string;
  day: string;
  replies: Generated<number>;
  tokens: Generated<number>;
  micro_usd: Generated<number>;
  refused_by: string | null;
  refused_limit: number | null;
}

export interface VisitorsTable {
  id: Generated<string>;
  agent_id: string;
  client_id: string;
  locale: string | null;
  created_at: Generated<Timestamp>;
  last_seen_at: Generated<Timestamp>;
  external_id: string | null;
  name: string | null;
  email: string | null;
  is_verified: Generated<boolean>;
  consented_at: Timestamp | null;
  consent_text: string | null;
}

export interface WebhookDeliveriesTable {
  id: Generated<string>;
  endpoint_id: string;
  client_id: string;
  conversation_id: string | null;
  type: string;
  data: Jsonb;
  status: Generated<string>;
  attempts: Generated<number>;
  next_attempt_at: Generated<Timestamp>;
  response_status: number | null;
  error: string | null;
  created_at: Generated<Timestamp>;
  delivered_at: Timestamp | null;
}

export interface WebhookEndpointsTable {
  id: Generated<string>;
  client_id: string;
  url: string;
  events: string[];
  secret: string;
  is_active: Generated<boolean>;
  disabled_reason: string | null;
  failing_since: Timestamp | null;
  created_at: Generated<Timestamp>;
  updated_at: Generated<Timestamp>;
  former_secret: string | null;
  former_secret_until: Timestamp | null;
}

export interface AuthRefreshTokensTable {
  token_hash: string;
  session_id: string;
  parent_hash: string | null;
  created_at: Generated<Timestamp>;
  used_at: Timestamp | null;
}

export interface AuthSessionsTable {
  id: Generated<string>;
  user_id: string;
  created_at: Generated<Timestamp>;
  refreshed_at: Timestamp | null;
  revoked_at: Timestamp | null;
}

export interface AuthUsersTable {
  id: Generated<string>;
  email: string;
  encrypted_password: string | null;
  raw_app_meta_data: Generated<Jsonb>;
  raw_user_meta_data: Generated<Jsonb>;
  email_confirmed_at: Timestamp | null;
  last_sign_in_at: Timestamp | null;
  created_at: Generated<Timestamp>;
  updated_at: Generated<Timestamp>;
}

export interface DB {
  agent_installs: AgentInstallsTable;
  agent_secrets: AgentSecretsTable;
  agents: AgentsTable;
  api_keys: ApiKeysTable;
  audit_log: AuditLogTable;
  canned_replies: CannedRepliesTable;
  clients: ClientsTable;
  conversation_notes: ConversationNotesTable;
  conversations: ConversationsTable;
  hour_figures: HourFiguresTable;
  hour_figures_until: HourFiguresUntilTable;
  idempotency_keys: IdempotencyKeysTable;
  message_traces: MessageTracesTable;
  messages: MessagesTable;
  model_calls: ModelCallsTable;
  participants: ParticipantsTable;
  profiles: ProfilesTable;
  rate_counters: RateCountersTable;
  reply_jobs: ReplyJobsTable;
  routing_examples: RoutingExamplesTable;
  sub_agents: SubAgentsTable;
  sub_agents_unowned: SubAgentsUnownedTable;
  usage_days: UsageDaysTable;
  visitors: VisitorsTable;
  webhook_deliveries: WebhookDeliveriesTable;
  webhook_endpoints: WebhookEndpointsTable;
  "auth.refresh_tokens": AuthRefreshTokensTable;
  "auth.sessions": AuthSessionsTable;
  "auth.users": AuthUsersTable;
}
