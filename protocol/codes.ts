/** Names and numbers both ends share. Imports nothing, so that the widget may use it by value. */

export const PROTOCOL_NAME = "renus.v1";
export const BEARER_PREFIX = "renus.bearer.";
export const PROTOCOL_VERSION = 1;

/** Every error code a caller can meet, with its HTTP status (PROTOCOL.md section 2). */
export const ERROR_STATUS = {
  VALIDATION_ERROR: 400,
  INVALID_AGENT_ID: 400,
  AUTH_ERROR: 401,
  FORBIDDEN: 403,
  AGENT_NOT_FOUND: 404,
  SUB_AGENT_NOT_FOUND: 404,
  CONVERSATION_NOT_FOUND: 404,
  NOT_FOUND: 404,
  SLUG_TAKEN: 409,
  WIZARD_INCOMPLETE: 409,
  IDEMPOTENCY_CONFLICT: 409,
  CONVERSATION_CLOSED: 409,
  /** Another operator has it; with `owner_id` and `owner_name`. */
  CONVERSATION_TAKEN: 409,
  /** The visitor has to agree first; with `consent: {text, url}`. */
  CONSENT_REQUIRED: 403,
  /** It was sealed with another JWT_SECRET: a new one has to be made. */
  SECRET_LOST: 409,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  QUOTA_EXCEEDED: 429,
  MODEL_UNAVAILABLE: 502,
  INTERNAL_ERROR: 500,
} as const;
export type ErrorCode = keyof typeof ERROR_STATUS;

/** WebSocket close codes. 40xx never reconnect, 41xx back off, 42xx reconnect at once. */
export const CLOSE = {
  unsupportedData: 1003,
  invalidUtf8: 1007,
  policyViolation: 1008,
  tooBig: 1009,
  internal: 1011,
  drain: 1012,
  overload: 1013,
  originForbidden: 4003,
  agentUnavailable: 4004,
  tokenExpired: 4201,
} as const;

/** Default limits; the server tells the ones in force in its `connected` frame. */
export const LIMITS = {
  frameBytesMax: 32 * 1024,
  contentCharsMax: 4000,
  framesPerMinute: 120,
  messagesPerMinute: 20,
  /** Of all visitors behind one address: an office has many. */
  messagesPerMinutePerIp: 600,
  messagesPerDayPerIp: 20_000,
  sessionsPerHourPerIp: 30,
  heartbeatMs: 25_000,
  bufferedBytesSoft: 256 * 1024,
  bufferedBytesMax: 1024 * 1024,
  syncLimitMax: 200,
  typingTtlMs: 6000,
  offlineAfterMs: 10_000,
  adminBodyBytesMax: 1024 * 1024,
  publicBodyBytesMax: 32 * 1024,
  invalidFramesMax: 10,
  /** Sockets and event streams of one visitor on one node. */
  socketsPerVisitorMax: 50,
  /** A refreshed token may be on its way when the old one ends. */
  tokenGraceMs: 5000,
} as const;

/** What an agent, and one visitor of it, may use up in a day (UTC) unless its `config.limits` says otherwise. */
export const DAY_LIMITS = {
  replies_per_day: 2000,
  tokens_per_day: 10_000_000,
  usd_per_day: 20,
  visitor_replies_per_day: 200,
  visitor_tokens_per_day: 500_000,
  visitor_usd_per_day: 2,
} as const;

/** Days after its last message that a conversation is kept unless its agent's `config.retention_days` says otherwise. */
export const RETENTION_DAYS_DEFAULT = 90;
/** What an API key may do: read everything of its company, or change what its name says. */
export const API_KEY_SCOPES = ["read", "agents:write", "conversations:write", "clients:write", "webhooks:write"] as const;
export type ApiKeyScope = (typeof API_KEY_SCOPES)[number];

/** What webhooks tell. */
export const WEBHOOK_EVENTS = [
  "message.created",
  "conversation.created",
  "conversation.handed_off",
  "conversation.handed_back",
  "conversation.closed",
  "agent.published",
  "agent.unpublished",
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];
/** Asked for by hand; every endpoint gets it. */
export const WEBHOOK_TEST_EVENT = "webhook.test";
/** For so long deliveries are signed with the secret before the latest as well. */
export const WEBHOOK_FORMER_SECRET_HOURS = 24;
/** What people do that is written down, with whom, in the audit log; kept for so many days. */
export const AUDIT_ACTIONS = [
  "agent.created",
  "agent.changed",
  "agent.published",
  "agent.paused",
  "agent.deleted",
  "agent.secret_rotated",
  "sub_agent.created",
  "sub_agent.changed",
  "sub_agent.deleted",
  "client.created",
  "client.changed",
  "client.deleted",
  "user.created",
  "user.changed",
  "user.deleted",
  "api_key.created",
  "api_key.revoked",
  "webhook.created",
  "webhook.changed",
  "webhook.deleted",
  "webhook.secret_rotated",
  "canned_reply.created",
  "canned_reply.changed",
  "canned_reply.deleted",
  "visitor.exported",
  "visitor.erased",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];
export const AUDIT_LOG_DAYS = 365;

export const MESSAGE_ROLES = ["visitor", "assistant", "operator", "system"] as const;
export const MESSAGE_STATUSES = ["complete", "streaming", "cancelled", "failed"] as const;
export const MESSAGE_RATINGS = ["up", "down"] as const;
export const AGENT_STATUSES = ["draft", "active", "inactive"] as const;
export const CONVERSATION_STATUSES = ["open", "closed"] as const;
export const CONVERSATION_OWNERS = ["assistant", "operator"] as const;
