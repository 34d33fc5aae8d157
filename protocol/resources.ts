import { z } from "zod";
import {
  AGENT_STATUSES,
  API_KEY_SCOPES,
  AUDIT_ACTIONS,
  CONVERSATION_OWNERS,
  CONVERSATION_STATUSES,
  ERROR_STATUS,
  MESSAGE_RATINGS,
  MESSAGE_ROLES,
  MESSAGE_STATUSES,
  WEBHOOK_EVENTS,
  type ErrorCode,
} from "./codes.ts";

/** What travels in answers. Wire names are snake_case, times ISO 8601 UTC strings, ids UUIDs. */

const id = z.uuid();
const time = z.iso.datetime();
const json = z.record(z.string(), z.unknown());

export const clientSchema = z.object({ id, name: z.string(), created_at: time, updated_at: time });
export type Client = z.infer<typeof clientSchema>;

export const userSchema = z.object({
  id,
  email: z.string(),
  role: z.enum(["admin", "client"]),
  client_id: id.nullable(),
  name: z.string().nullable(),
  created_at: time,
});
export type User = z.infer<typeof userSchema>;

export const apiKeySchema = z.object({
  id,
  name: z.string(),
  /** How the key begins. */
  prefix: z.string(),
  /** The company whose things it reaches; null: all companies. */
  client_id: id.nullable(),
  scopes: z.array(z.enum(API_KEY_SCOPES)),
  /** The administrator who made it. */
  created_by: id.nullable(),
  created_at: time,
  /** null: until it is revoked. */
  expires_at: time.nullable(),
  /** To the minute; null: never. */
  last_used_at: time.nullable(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;
/** The only answer that holds the key itself. */
export const newApiKeySchema = apiKeySchema.extend({ key: z.string() });
export type NewApiKey = z.infer<typeof newApiKeySchema>;
/** Who changed what. */
export const auditEntrySchema = z.object({
  id,
  created_at: time,
  actor_id: id,
  /** The person's address, or the key's name, as it was then. */
  actor_name: z.string().nullable(),
  action: z.enum(AUDIT_ACTIONS),
  object_id: id,
  object_name: z.string().nullable(),
  client_id: id.nullable(),
  /** Names of what changed, such as `name` and `config.greeting`. */
  fields: z.array(z.string()),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

export const webhookSchema = z.object({
  id,
  client_id: id,
  url: z.string(),
  events: z.array(z.enum(WEBHOOK_EVENTS)),
  is_active: z.boolean(),
  /** Why the server has switched it off: it failed for days, or answered 410; null: it has not. */
  disabled_reason: z.enum(["failing", "gone"]).nullable(),
  /** Since when nothing has been taken; null: the latest was. */
  failing_since: time.nullable(),
  /** Until when deliveries are signed with the former secret as well; null: they are not. */
  former_secret_until: time.nullable(),
  created_at: time,
  updated_at: time,
});
export type Webhook = z.infer<typeof webhookSchema>;
/** The only answers that hold the secret, of making and of rotating: `whsec_` and base64, as Standard Webhooks has it. */
export const newWebhookSchema = webhookSchema.extend({ secret: z.string() });
export type NewWebhook = z.infer<typeof newWebhookSchema>;

export const webhookDeliverySchema = z.object({
  /** Stands in `webhook-id` as `msg_` and the id. The same for every attempt. */
  id,
  type: z.string(),
  status: z.enum(["pending", "delivered", "failed"]),
  attempts: z.number().int(),
  /** null: there will be none. */
  next_attempt_at: time.nullable(),
  /** HTTP status of the latest attempt; null: there was no answer. */
  response_status: z.number().int().nullable(),
  /** Why the latest attempt failed, in words. */
  error: z.string().nullable(),
  created_at: time,
  delivered_at: time.nullable(),
});
export type WebhookDelivery = z.infer<typeof webhookDeliverySchema>;

export const agentSchema = z.object({
  id,
  client_id: id,
  name: z.string(),
  description: z.string().nullable(),
  slug: z.string(),
  model: z.string(),
  system_prompt: z.string(),
  channel: z.string(),
  template_type: z.string().nullable(),
  status: z.enum(AGENT_STATUSES),
  is_public: z.boolean(),
  public_url: z.string().nullable(),
  config: json,
  access_count: z.number().int(),
  created_at: time,
  updated_at: time,
});
export type Agent = z.infer<typeof agentSchema>;

/** When somebody last wrote in any of its conversations; null: nobody has. */
export const agentListItemSchema = agentSchema.extend({ last_activity_at: time.nullable() });
export type AgentListItem = z.infer<typeof agentListItemSchema>;

/** With `secret` the site signs who its visitors are. Nothing for pages. */
export const agentIdentitySchema = z.object({ secret: z.string(), created_at: time });
export type AgentIdentity = z.infer<typeof agentIdentitySchema>;

/** A website on which the chat was used. */
export const agentInstallSchema = z.object({
  origin: z.string(),
  widget_version: z.string().nullable(),
  first_seen_at: time,
  last_seen_at: time,
  /** At least so many conversations began there: of one minute only the first is counted. */
  sessions: z.number().int(),
});
export type AgentInstall = z.infer<typeof agentInstallSchema>;

const dayLimit = z.number();
export const dayLimitsSchema = z.object({
  replies_per_day: dayLimit,
  tokens_per_day: dayLimit,
  usd_per_day: dayLimit,
  visitor_replies_per_day: dayLimit,
  visitor_tokens_per_day: dayLimit,
  visitor_usd_per_day: dayLimit,
});
export type DayLimits = z.infer<typeof dayLimitsSchema>;

/** What an agent has used up today (UTC), calls to models that are under way included at what they may cost most. */
export const agentUsageSchema = z.object({
  replies: z.number().int(),
  tokens: z.number().int(),
  /** By list prices; models that are not in the list count as dear ones, one's own servers and the scripted model as nothing. */
  usd: z.number(),
  resets_at: time,
  limits: dayLimitsSchema,
  /** The limit that keeps the agent from answering; null: it answers. */
  reached: z.enum(["replies", "tokens", "usd"]).nullable(),
  /** Visitors that reached a limit of their own. */
  visitors_stopped: z.number().int(),
});
export type AgentUsage = z.infer<typeof agentUsageSchema>;

export const subAgentSchema = z.object({
  id,
  agent_id: id,
  name: z.string(),
  description: z.string().nullable(),
  topics: z.array(z.string()),
  system_prompt: z.string(),
  /** null: the main agent's model. */
  model: z.string().nullable(),
  channel: z.string().nullable(),
  is_active: z.boolean(),
  knowledge_base: json,
  fine_tuning_config: json,
  created_at: time,
  updated_at: time,
});
export type SubAgent = z.infer<typeof subAgentSchema>;

/** Who a visitor is; `verified`: the site has signed it, otherwise anybody may have said so. */
export const visitorUserSchema = z.object({ name: z.string().nullable(), email: z.string().nullable(), verified: z.boolean() });
export type VisitorUser = z.infer<typeof visitorUserSchema>;

export const conversationSchema = z.object({
  id,
  client_id: id,
  /** null only for conversations older than agents. */
  agent_id: id.nullable(),
  /** The specialist that answered last; null for the main agent. */
  sub_agent_id: id.nullable(),
  visitor_id: id.nullable(),
  status: z.enum(CONVERSATION_STATUSES),
  owner: z.enum(CONVERSATION_OWNERS),
  /** The operator who took over; null while the assistant owns it. */
  owner_id: id.nullable(),
  owner_name: z.string().nullable(),
  /** It needs a person: a visitor whom an operator has not answered yet, or a reply that has failed. */
  waiting: z.boolean(),
  /** Rises with every take-over and hand-back: the fence for replies in flight. */
  owner_epoch: z.number().int(),
  last_seq: z.number().int(),
  last_rev: z.number().int(),
  last_message_preview: z.string().nullable(),
  last_message_at: time.nullable(),
  source: z.string().nullable(),
  locale: z.string().nullable(),
  page_url: z.string().nullable(),
  /** What the page said of itself. */
  meta: z.record(z.string(), z.string()),
  widget_version: z.string().nullable(),
  /** null only for conversations older than visitors. */
  visitor: visitorUserSchema.nullable(),
  created_at: time,
  updated_at: time,
});
export type Conversation = z.infer<typeof conversationSchema>;

/** With what the caller has not read of the visitor and the assistant, counted up to 100. */
export const inboxConversationSchema = conversationSchema.extend({ unread_count: z.number().int() });
export type InboxConversation = z.infer<typeof inboxConversationSchema>;

/** Each counted up to 100. */
export const conversationCountsSchema = z.object({ open: z.number().int(), waiting: z.number().int(), mine: z.number().int() });
export type ConversationCounts = z.infer<typeof conversationCountsSchema>;

const overviewFigures = {
  /** Begun in the period. */
  conversations: z.number().int(),
  /** Written by anybody but the conversation itself. */
  messages: z.number().int(),
  /** Of the assistant, ended. */
  replies: z.number().int(),
  /** From a visitor's first message to the first answer, by whomever; null: nobody was answered. */
  median_first_reply_ms: z.number().nullable(),
  /** 0 to 1: of the answered conversations those in which no person wrote; null: none was answered. */
  handled_without_person: z.number().nullable(),
  /** Conversations in which a person wrote. */
  hand_offs: z.number().int(),
  thumbs_up: z.number().int(),
  thumbs_down: z.number().int(),
  prompt_tokens: z.number().int(),
  completion_tokens: z.number().int(),
  /** By list prices; null when a model's price is not known. */
  estimated_cost_usd: z.number().nullable(),
};
export const overviewTotalsSchema = z.object(overviewFigures);
export type OverviewTotals = z.infer<typeof overviewTotalsSchema>;
export const overviewSchema = z.object({
  from: time,
  to: time,
  totals: overviewTotalsSchema,
  /** The period before, of the same length. */
  previous: overviewTotalsSchema,
  /** Hours for a day, days for more, none left out. */
  series: z.array(z.object({ at: time, conversations: z.number().int(), messages: z.number().int(), replies: z.number().int() })),
  /** By the topic that routing found; null: none. */
  topics: z.array(
    z.object({
      topic: z.string().nullable(),
      /** Replies. */
      volume: z.number().int(),
      /** 0 to 1: of them those that no specialist gave. */
      fallback_share: z.number(),
      hand_offs: z.number().int(),
      thumbs_up: z.number().int(),
      thumbs_down: z.number().int(),
      prompt_tokens: z.number().int(),
      completion_tokens: z.number().int(),
      estimated_cost_usd: z.number().nullable(),
    }),
  ),
  /** Conversations by the source tag of their address; null: without one. */
  sources: z.array(z.object({ source: z.string().nullable(), conversations: z.number().int() })),
});
export type Overview = z.infer<typeof overviewSchema>;

/** What colleagues tell each other beside a conversation. Visitors never receive it. */
export const noteSchema = z.object({
  id,
  conversation_id: id,
  author_id: id.nullable(),
  author_name: z.string().nullable(),
  content: z.string(),
  created_at: time,
  updated_at: time,
});
export type Note = z.infer<typeof noteSchema>;

export const cannedReplySchema = z.object({
  id,
  client_id: id,
  shortcut: z.string(),
  content: z.string(),
  created_at: time,
  updated_at: time,
});
export type CannedReply = z.infer<typeof cannedReplySchema>;

/** Who should have answered; `sub_agent_id` null: the main agent. */
export const correctionSchema = z.object({ sub_agent_id: id.nullable(), name: z.string().nullable() });
export type Correction = z.infer<typeof correctionSchema>;

/** What a visitor wrote, with who answered and who should have. */
export const routingExampleSchema = z.object({
  message_id: id,
  text: z.string(),
  chosen_sub_agent_id: id.nullable(),
  expected_sub_agent_id: id.nullable(),
  created_at: time,
});
export type RoutingExample = z.infer<typeof routingExampleSchema>;

export const senderSchema = z.object({
  kind: z.enum(MESSAGE_ROLES),
  /** visitor, agent, sub-agent or operator id; null for system lines. */
  id: id.nullable(),
  name: z.string().nullable(),
});
export type Sender = z.infer<typeof senderSchema>;

export const messageSchema = z.object({
  id,
  conversation_id: id,
  /** Dense per conversation, from 1. */
  seq: z.number().int(),
  /** Rises with every change of any message of the conversation. */
  rev: z.number().int(),
  role: z.enum(MESSAGE_ROLES),
  content: z.string(),
  status: z.enum(MESSAGE_STATUSES),
  sender: senderSchema,
  /** Which try at this reply wrote the content; 0 for messages people wrote. */
  attempt: z.number().int(),
  client_message_id: id.nullable(),
  reply_to: id.nullable(),
  /** Why a reply failed; null otherwise. */
  error_code: z.string().nullable(),
  /** What the visitor thinks of this reply. */
  feedback: z.enum(MESSAGE_RATINGS).nullable(),
  created_at: time,
  updated_at: time,
});
export type Message = z.infer<typeof messageSchema>;

/** Why this answer was given: stored beside each reply, shown to operators, never to visitors. */
export const routingTraceSchema = z.object({
  topic: z.string().nullable(),
  candidates: z.array(z.object({ sub_agent_id: id, name: z.string(), topics: z.array(z.string()) })),
  chosen: z.object({ kind: z.enum(["agent", "sub_agent"]), id, name: z.string() }),
  method: z.enum(["no_candidates", "literal", "model", "sticky", "fallback"]),
  /** Words for a person. */
  reason: z.string(),
  /** ROUTING_ERROR and its cause in words, when the classifier failed; null otherwise. */
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  model: z.string(),
  classifier_model: z.string().nullable(),
  routing_ms: z.number(),
  first_token_ms: z.number().nullable(),
  latency_ms: z.number().nullable(),
  tokens: z.object({ prompt: z.number().int(), completion: z.number().int() }).nullable(),
  config_version: z.string(),
  attempt: z.number().int(),
});
export type RoutingTrace = z.infer<typeof routingTraceSchema>;

export const appearanceSchema = z.object({
  color: z.string().optional(),
  theme: z.enum(["auto", "light", "dark"]).optional(),
  avatar_url: z.string().optional(),
});

/** What the public may know of an agent: never prompts, models or keys. */
export const publicAgentSchema = z.object({
  id,
  slug: z.string(),
  name: z.string(),
  /** Of the name, for an avatar: one or two signs. */
  initials: z.string(),
  description: z.string().nullable(),
  greeting: z.string().nullable(),
  starters: z.array(z.string()),
  appearance: appearanceSchema,
  locale: z.string().nullable(),
  /** What to agree to before the first message; left out where nothing is asked. */
  consent: z.object({ text: z.string(), url: z.string().nullable() }).optional(),
});
export type PublicAgent = z.infer<typeof publicAgentSchema>;

export const publicSessionSchema = z.object({
  token: z.string(),
  /** Seconds. */
  expires_in: z.number().int(),
  visitor_id: id,
  conversation_id: id,
  agent: publicAgentSchema,
  user: visitorUserSchema,
});
export type PublicSession = z.infer<typeof publicSessionSchema>;

/** Everything that is kept about a visitor and that they may see. */
export const visitorExportSchema = z.object({
  exported_at: time,
  visitor: z.object({
    id,
    agent_id: id,
    /** The site's own id of a verified person. */
    external_id: z.string().nullable(),
    name: z.string().nullable(),
    email: z.string().nullable(),
    is_verified: z.boolean(),
    locale: z.string().nullable(),
    created_at: time,
    last_seen_at: time,
    /** When they agreed, and to which words. */
    consented_at: time.nullable(),
    consent_text: z.string().nullable(),
  }),
  conversations: z.array(
    z.object({
      id,
      status: z.enum(CONVERSATION_STATUSES),
      source: z.string().nullable(),
      locale: z.string().nullable(),
      page_url: z.string().nullable(),
      meta: z.record(z.string(), z.string()),
      widget_version: z.string().nullable(),
      created_at: time,
      last_message_at: time.nullable(),
      messages: z.array(messageSchema),
    }),
  ),
  /** By day (UTC). */
  usage: z.array(z.object({ day: z.iso.date(), replies: z.number().int(), tokens: z.number().int() })),
});
export type VisitorExport = z.infer<typeof visitorExportSchema>;

export const wizardStateSchema = z.object({
  wizard_id: id,
  agent: agentSchema,
  steps: z.object({ 1: z.boolean(), 2: z.boolean(), 3: z.boolean(), 4: z.boolean() }),
  next_step: z.number().int().nullable(),
  /** What the steps would write, whatever `system_prompt` holds. */
  written_prompt: z.string(),
});

export const publishResultSchema = z.object({
  agent: agentSchema,
  slug: z.string(),
  public_url: z.string(),
  /** PNG data URL. */
  qr_code: z.string(),
  qr_svg_url: z.string(),
  embed_snippet: z.string(),
});
export type PublishResult = z.infer<typeof publishResultSchema>;

export const errorBodySchema = z
  .object({
    error: z.string(),
    code: z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]),
    request_id: z.string(),
  })
  .loose();
export type ErrorBody = z.infer<typeof errorBodySchema>;

/** Every list has this shape; `next_cursor` is null on the last page. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), next_cursor: z.string().nullable() });
}
export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}
