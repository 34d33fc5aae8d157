import { z } from "zod";
import { LIMITS, MESSAGE_RATINGS, MESSAGE_STATUSES } from "./codes.ts";
import { conversationSchema, messageSchema, noteSchema } from "./resources.ts";

/** WebSocket frames, PROTOCOL.md section 5. One JSON object per text frame; unknown fields are ignored. */

const id = z.uuid().toLowerCase();
/** As much as an integer column holds. */
const count = z.number().int().min(0).max(2_147_483_647);

export const clientFrameSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("message"),
    conversation_id: id,
    content: z
      .string()
      .max(LIMITS.contentCharsMax)
      .refine((text) => text.trim() !== "", "The message is empty.")
      // PostgreSQL cannot store it.
      .refine((text) => !text.includes("\u0000"), "The message holds a null character."),
    client_message_id: id.optional(),
    reply_to: id.nullish(),
  }),
  z.object({ type: z.literal("typing"), conversation_id: id, is_typing: z.boolean() }),
  z.object({ type: z.literal("read"), conversation_id: id, message_id: id }),
  z.object({
    type: z.literal("sync"),
    last_message_id: id.nullish(),
    cursors: z.record(id, count).optional(),
    conversation_id: id.optional(),
    before_seq: count.min(1).optional(),
    /** Comes back in the answer: several tabs may share one socket. */
    ref: z.string().max(64).optional(),
    limit: z.number().int().min(1).max(LIMITS.syncLimitMax).optional(),
  }),
  z.object({ type: z.literal("ping"), t: z.number().optional() }),
  z.object({ type: z.literal("presence"), status: z.enum(["online", "away"]) }),
  z.object({ type: z.literal("subscribe"), conversation_id: id }),
  z.object({ type: z.literal("unsubscribe"), conversation_id: id }),
  z.object({ type: z.literal("auth"), token: z.string() }),
  z.object({
    type: z.literal("resume"),
    message_id: id,
    attempt: count,
    from: count,
  }),
  z.object({ type: z.literal("cancel"), message_id: id }),
  /** Asks for another reply after one that failed. */
  z.object({ type: z.literal("retry"), message_id: id }),
  /** What a visitor thinks of a reply that has ended; null takes it back. */
  z.object({ type: z.literal("feedback"), message_id: id, rating: z.enum(MESSAGE_RATINGS).nullable() }),
]);
export type ClientFrame = z.infer<typeof clientFrameSchema>;

const time = z.iso.datetime();
const limitsSchema = z.object({
  content_chars_max: count,
  frame_bytes_max: count,
  frames_per_minute: count,
  messages_per_minute: count,
  sync_limit_max: count,
});
export type Limits = z.infer<typeof limitsSchema>;

/** What of a conversation both visitors and operators may see. Operators get the whole row over HTTP. */
export const visibleConversationSchema = conversationSchema
  .pick({
    id: true,
    agent_id: true,
    status: true,
    owner: true,
    owner_epoch: true,
    last_seq: true,
    last_rev: true,
    last_message_preview: true,
    last_message_at: true,
  })
  .extend({
    /** The operator's; null while the assistant owns the conversation. */
    owner_name: z.string().nullable(),
  });
export type VisibleConversation = z.infer<typeof visibleConversationSchema>;

const reply = { message_id: id, conversation_id: id, attempt: count };

export const serverFrameSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("connected"),
    user_id: id,
    session_id: id,
    /** Identifies this server process: a new value means streams must be resumed. */
    epoch: z.string(),
    protocol: count,
    heartbeat_ms: count,
    server_time: time,
    limits: limitsSchema,
  }),
  z.object({ type: z.literal("message"), message: messageSchema }),
  z.object({
    type: z.literal("message_sent"),
    client_message_id: id.nullable(),
    message_id: id,
    conversation_id: id,
    seq: count,
    rev: count,
    created_at: time,
    duplicate: z.boolean(),
  }),
  z.object({ type: z.literal("typing"), user_id: id, conversation_id: id, is_typing: z.boolean(), ttl_ms: count }),
  z.object({
    type: z.literal("presence"),
    user_id: id,
    status: z.enum(["online", "offline", "away"]),
    conversation_id: id.optional(),
  }),
  z.object({ type: z.literal("read"), conversation_id: id, user_id: id, message_id: id, seq: count }),
  /** `message` is the row as inserted; its `content` is empty, the text follows as deltas. */
  z.object({ type: z.literal("stream_start"), ...reply, message: messageSchema }),
  /** `from`: UTF-16 offset of `text` in the whole reply. */
  z.object({ type: z.literal("delta"), ...reply, from: count, text: z.string() }),
  /** Another attempt begins: what came before is void, text restarts at 0. */
  z.object({ type: z.literal("stream_reset"), ...reply }),
  /** `length`: UTF-16 units of the final content. A `message` frame with the saved row precedes it. */
  z.object({ type: z.literal("stream_end"), ...reply, length: count, status: z.enum(MESSAGE_STATUSES), rev: count }),
  z.object({
    type: z.literal("sync_data"),
    messages: z.array(messageSchema),
    /** `top_rev`: the cursor to go on with. `reset`: the cursor was unknown, forget what you had. */
    conversations: z.array(z.object({ id, top_rev: count, has_more: z.boolean(), reset: z.boolean() })),
    epoch: z.string(),
    /** Present when answering a history request (`before_seq`). */
    history: z.object({ conversation_id: id, before_seq: count, has_more: z.boolean() }).optional(),
    /** As the `sync` had it. */
    ref: z.string().optional(),
  }),
  z.object({ type: z.literal("conversation"), conversation: visibleConversationSchema }),
  /** For operators alone. */
  z.object({ type: z.literal("note"), conversation_id: id, note: noteSchema, deleted: z.boolean().optional() }),
  /** For operators alone: its visitor was erased. */
  z.object({ type: z.literal("conversation_deleted"), conversation_id: id }),
  z.object({
    type: z.literal("error"),
    error: z.string(),
    code: z.string(),
    retryable: z.boolean(),
    retry_after_ms: count.optional(),
    /** The offending `client_message_id`, when there is one. */
    ref: z.string().optional(),
  }),
  z.object({ type: z.literal("drain"), reconnect_after_ms: count }),
  z.object({ type: z.literal("pong"), t: z.number().nullable(), server_time: time }),
]);
export type ServerFrame = z.infer<typeof serverFrameSchema>;
export type ServerFrameType = ServerFrame["type"];

/** A client without the `renus.v1` subprotocol gets only these. */
export const PLAIN_FRAME_TYPES: ReadonlySet<ServerFrameType> = new Set<ServerFrameType>([
  "connected",
  "message",
  "message_sent",
  "typing",
  "presence",
  "read",
  "sync_data",
  "error",
  "pong",
]);
