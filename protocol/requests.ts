import { z } from "zod";
import {
  AGENT_STATUSES,
  API_KEY_SCOPES,
  AUDIT_ACTIONS,
  CONVERSATION_OWNERS,
  CONVERSATION_STATUSES,
  LIMITS,
  WEBHOOK_EVENTS,
} from "./codes.ts";
import { toAllowedOrigin } from "./origins.ts";

/** Bodies and queries of the HTTP API. Unknown fields are dropped; control characters are refused in names. */

const id = z.uuid();
// Tab and line breaks are text; every other C0/C1 control character and U+0000 (which PostgreSQL cannot store) is refused.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;
// oxlint-disable-next-line no-control-regex
const CONTROL_OR_BREAK = /[\u0000-\u001f\u007f-\u009f]/;

// UTF-8 has no lone surrogates: stored, they would come back as another character.
const HALF_CHARACTER = "The text ends in half a character.";

/** One line for people to read: trimmed, not empty, no control characters. */
export const line = (charsMax: number) =>
  z
    .string()
    .trim()
    .min(1, "This may not be empty.")
    .max(charsMax)
    .refine((text) => !CONTROL_OR_BREAK.test(text), "Control characters are not allowed.")
    .refine((text) => text.isWellFormed(), HALF_CHARACTER);
/** Longer text, line breaks allowed. */
export const text = (charsMax: number) =>
  z
    .string()
    .max(charsMax)
    .refine((value) => !CONTROL.test(value), "Control characters are not allowed.")
    .refine((value) => value.isWellFormed(), HALF_CHARACTER);

const name = line(120);
const description = text(2000).nullable();
const systemPrompt = text(32_000).refine((value) => value.trim() !== "", "This may not be empty.");
const model = line(200);
const channel = line(40);
export const slugSchema = z
  .string()
  .min(1)
  .max(80)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "Use small letters, digits and single hyphens.");
const topics = z.array(line(80)).max(50);
/** Any JSON that PostgreSQL's jsonb takes and gives back unchanged. */
export const jsonObject = z
  .record(z.string(), z.unknown())
  .refine(isStorableJson, "At most 32 levels deep, without U+0000, half characters or numbers beyond a double's range.");

const JSON_DEPTH_MAX = 32;

function isStorableJson(value: unknown): boolean {
  const left: [unknown, number][] = [[value, 0]];
  for (let entry = left.pop(); entry; entry = left.pop()) {
    const [item, depth] = entry;
    if (depth > JSON_DEPTH_MAX) return false;
    if (typeof item === "number" && !Number.isFinite(item)) return false;
    if (typeof item === "string" && !isStorableText(item)) return false;
    if (typeof item !== "object" || item === null) continue;
    for (const [key, child] of Object.entries(item)) {
      if (!isStorableText(key)) return false;
      left.push([child, depth + 1]);
    }
  }
  return true;
}
function isStorableText(value: string): boolean {
  return value.isWellFormed() && !value.includes("\u0000");
}

export const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(1024).optional(),
});

export const auditLogQuery = listQuery.extend({
  action: z.enum(AUDIT_ACTIONS).optional(),
  actor_id: id.optional(),
  object_id: id.optional(),
});

export const clientBody = z.object({ name });
export const userCreateBody = z.object({
  email: z.email().max(254),
  /** Needed with the built-in sign-in; with Supabase an invitation is mailed instead, and none may be given. */
  password: z.string().min(8).max(256).optional(),
  role: z.enum(["admin", "client"]),
  client_id: id.nullish(),
  name: name.nullish(),
});
export const userUpdateBody = userCreateBody.partial();

export const apiKeyCreateBody = z.object({
  name,
  /** The company whose things it reaches; null: all companies. */
  client_id: id.nullable(),
  scopes: z
    .array(z.enum(API_KEY_SCOPES))
    .min(1, "Choose at least one.")
    .overwrite((list) => API_KEY_SCOPES.filter((scope) => list.includes(scope))),
  /** Left out or null: until it is revoked. */
  expires_at: z.iso
    .datetime()
    .refine((time) => Date.parse(time) > Date.now(), "This time has passed.")
    .nullish(),
});

const webhookUrl = z.url({ protocol: /^https?$/, error: "Use an address that starts with https://." }).max(2048);
const webhookEvents = z
  .array(z.enum(WEBHOOK_EVENTS))
  .min(1, "Choose at least one.")
  .overwrite((list) => WEBHOOK_EVENTS.filter((event) => list.includes(event)));
export const webhookCreateBody = z.object({ client_id: id.optional(), url: webhookUrl, events: webhookEvents });
/** `is_active` true also takes back that the server has switched it off. */
export const webhookUpdateBody = z.object({ url: webhookUrl, events: webhookEvents, is_active: z.boolean() }).partial();

export const agentListQuery = listQuery.extend({
  status: z.enum(AGENT_STATUSES).optional(),
  q: text(200).optional(),
  /** By name from A to Z, by anything else the most first; `created` unless set. */
  sort: z.enum(["created", "name", "last_activity", "visits"]).optional(),
});
// Narrower than what answers may hold: this ends in strangers' pages.
const appearanceBody = z.object({
  color: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, "Use a colour such as #2563eb.")
    .nullish(),
  theme: z.enum(["auto", "light", "dark"]).nullish(),
  /** Goes into the tag that is handed out; pages choose it there. */
  position: z.enum(["bottom-right", "bottom-left"]).nullish(),
  avatar_url: z
    .url({ protocol: /^https?$/, error: "Use an address that starts with https://." })
    .max(2048)
    .nullish(),
});
/** Bytes of a picture; the panel makes them smaller before it sends them. */
export const PICTURE_BYTES_MAX = 256 * 1024;
export const agentPictureBody = z.object({
  /** A PNG, JPEG or WebP picture in base64. */
  data: z
    .base64()
    .min(1)
    .max(Math.ceil(PICTURE_BYTES_MAX / 3) * 4, "Send a picture of at most 256 KiB."),
});
const allowedOrigin = z
  .string()
  .max(300, "This address is too long.")
  .overwrite((value) => toAllowedOrigin(value) ?? value)
  .refine(
    (value) => toAllowedOrigin(value) !== null,
    "Write an address such as https://shop.example, or https://*.shop.example for everything below it.",
  );
const wholeLimit = z.number("Write a number.").int("Write a whole number.").min(1, "Write 1 or more.");
const repliesLimit = wholeLimit.max(1_000_000, "Write at most 1,000,000.").nullish();
const tokensLimit = wholeLimit.max(10_000_000_000, "Write at most 10,000,000,000.").nullish();
const usdLimit = z.number("Write a number.").min(0.01, "Write 0.01 or more.").max(100_000, "Write at most 100,000.").nullish();
/** What is left out, or null, is as the default has it. */
export const dayLimitsBody = z.object({
  replies_per_day: repliesLimit,
  tokens_per_day: tokensLimit,
  usd_per_day: usdLimit,
  visitor_replies_per_day: repliesLimit,
  visitor_tokens_per_day: tokensLimit,
  visitor_usd_per_day: usdLimit,
});
/** Days after its last message that a conversation is kept; 0: for ever. */
export const retentionDaysSchema = z
  .number("Write a number of days.")
  .int("Write a whole number of days.")
  .min(0, "Write 0 or more.")
  .max(3650, "Write at most 3650 days, or 0 for ever.");
export const agentConfigSchema = z
  .object({
    appearance: appearanceBody.nullish(),
    locale: line(35).nullish(),
    greeting: text(500).nullish(),
    starters: z.array(line(120)).max(4).nullish(),
    /** The websites on which visitors may use the chat; none: everywhere. */
    allowed_origins: z
      .array(allowedOrigin)
      .max(50, "At most 50 websites.")
      .overwrite((list) => [...new Set(list)])
      .nullish(),
    /** Only administrators change them. */
    limits: dayLimitsBody.nullish(),
    /** What visitors have to agree to before they write. */
    consent: z
      .object({
        text: text(1000).refine((value) => value.trim() !== "", "This may not be empty."),
        url: z
          .url({ protocol: /^https?$/, error: "Use an address that starts with https://." })
          .max(2048)
          .nullish(),
      })
      .nullish(),
    /** Left out, or null, is as the default has it. */
    retention_days: retentionDaysSchema.nullish(),
  })
  .loose()
  .refine(isStorableJson, "At most 32 levels deep, without U+0000, half characters or numbers beyond a double's range.");
export const agentCreateBody = z.object({
  name,
  description: description.optional(),
  slug: slugSchema.optional(),
  model: model.optional(),
  system_prompt: systemPrompt.optional(),
  channel: channel.optional(),
  template_type: line(80).nullish(),
  client_id: id.optional(),
  config: agentConfigSchema.optional(),
});
/** The copy needs a name of its own, in the words of whoever makes it. */
export const agentDuplicateBody = z.object({ name });
export const agentUpdateBody = agentCreateBody.omit({ client_id: true }).partial();

export const subAgentCreateBody = z.object({
  name,
  description: description.optional(),
  topics,
  system_prompt: systemPrompt,
  model: model.nullish(),
  channel: channel.nullish(),
  is_active: z.boolean().optional(),
  knowledge_base: jsonObject.optional(),
  fine_tuning_config: jsonObject.optional(),
});
export const subAgentUpdateBody = subAgentCreateBody.partial();

export const wizardStartBody = z.object({ client_id: id.optional(), name: name.optional() });
export const wizardStepBodies = {
  1: z.object({
    name,
    template_type: line(80).nullish(),
    niche: line(200).nullish(),
    description: description.optional(),
  }),
  2: z.object({
    personality: text(2000).refine((value) => value.trim() !== "", "This may not be empty."),
    tone: line(200),
    language: line(35).optional(),
    greeting: text(500).optional(),
    /** The prompt as edited by hand; without it one is written from the steps. */
    system_prompt: systemPrompt.optional(),
  }),
  3: z.object({
    fields: z
      .array(
        z.object({
          key: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/i, "Use letters, digits and underscores."),
          label: line(120),
          type: z.enum(["text", "email", "phone", "number", "date", "select", "boolean"]),
          required: z.boolean().default(false),
        }),
      )
      .max(30),
    starters: z.array(line(120)).max(4).optional(),
  }),
  4: z.object({
    integrations: jsonObject,
    model: model.optional(),
    channel: channel.optional(),
  }),
} as const;
export type WizardStep = keyof typeof wizardStepBodies;

export const sandboxBody = z.object({
  message: text(LIMITS.contentCharsMax).refine((value) => value.trim() !== "", "The message is empty."),
  history: z
    .array(z.object({ role: z.enum(["visitor", "assistant"]), content: text(8000) }))
    .max(50)
    .optional(),
});
export const routeTestBody = sandboxBody;

export const conversationListQuery = listQuery.extend({
  agent_id: id.optional(),
  status: z.enum(CONVERSATION_STATUSES).optional(),
  /** `me`: those that the caller has taken over. */
  owner: z.enum([...CONVERSATION_OWNERS, "me"]).optional(),
  /** `true`: those that need a person. */
  waiting: z.literal("true").optional(),
  /** Words that one message has, all of them; the last may be a beginning. */
  q: z.string().trim().min(2).max(200).optional(),
  /** `true`: without those that somebody opened and never wrote in. */
  has_messages: z.enum(["true", "false"]).optional(),
});
export const OVERVIEW_PERIODS = ["24h", "7d", "30d"] as const;
export const overviewQuery = z.object({ period: z.enum(OVERVIEW_PERIODS).default("7d"), agent_id: id.optional() });
export const conversationCountsQuery = z.object({ agent_id: id.optional() });
export const exportQuery = z.object({ format: z.enum(["json", "txt"]).default("json") });
/** `from`: who has the conversation in the caller's eyes, null being the assistant; left out: whoever has it. */
export const takeOverBody = z.object({ from: id.nullish() });
export const noteBody = z.object({
  content: text(LIMITS.contentCharsMax).refine((value) => value.trim() !== "", "The note is empty."),
});
export const correctionBody = z.object({ sub_agent_id: id.nullable() });
export const cannedReplyCreateBody = z.object({
  client_id: id.optional(),
  shortcut: z.string().regex(/^[a-z0-9-]{1,32}$/, "1 to 32 small letters, digits and hyphens."),
  content: text(LIMITS.contentCharsMax).refine((value) => value.trim() !== "", "The text is empty."),
});
export const cannedReplyUpdateBody = cannedReplyCreateBody.omit({ client_id: true }).partial();
export const messageListQuery = z.object({
  after_seq: z.coerce.number().int().min(0).max(2_147_483_647).optional(),
  before_seq: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
  limit: z.coerce.number().int().min(1).max(LIMITS.syncLimitMax).default(50),
  cursor: z.string().max(512).optional(),
});
export const operatorMessageBody = z.object({
  content: text(LIMITS.contentCharsMax).refine((value) => value.trim() !== "", "The message is empty."),
  client_message_id: id.optional(),
  reply_to: id.nullish(),
});

/** Of one conversation, however many pages spoke. */
export const META_KEYS_MAX = 30;
/** What a page says of itself. */
const visitorMeta = z
  .record(
    text(40).refine((key) => key.trim() !== ""),
    text(500),
    { error: (issue) => (issue.code === "invalid_key" ? "A key has 1 to 40 characters." : undefined) },
  )
  .refine((meta) => Object.keys(meta).length <= META_KEYS_MAX, `At most ${META_KEYS_MAX} keys.`);
const aboutVisitor = {
  /** A JWT that the site has signed. Of any length here: what is wrong with it is told in words. */
  user_token: z.string().nullish(),
  /** Unverified, like the address. */
  name: line(120).nullish(),
  email: z.email().max(254).nullish(),
  meta: visitorMeta.nullish(),
};
export const publicSessionBody = z.object({
  locale: text(35).optional(),
  page_url: text(2048).optional(),
  source: text(120).optional(),
  ...aboutVisitor,
  widget_version: text(40).optional(),
});
export const identifyBody = z
  .object(aboutVisitor)
  .refine(
    (about) => Object.values(about).some((value) => value !== null && value !== undefined),
    "Say something of the visitor: user_token, name, email or meta.",
  );
