import { z } from "zod";
import { LIMITS } from "./codes.ts";
import type { Conversation, Message } from "./resources.ts";

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
    limit: z.number().int().min(1).max(LIMITS.syncLimitMax).optional(),
  }),
  z.object({ type: z.literal("ping"), t: z.number().optional() }),
  z.object({ type: z.literal("presence"), status: z.enum(["online", "away"]) }),
  z.object({ type: z.literal("subscribe"), conversation_id: id }),
  z.object({ type: z.literal("unsubscribe"), conversation_id: id }),
  z.object({ type: z.literal("auth"), token: z.string().max(8192) }),
  z.object({
    type: z.literal("resume"),
    message_id: id,
    attempt: count,
    from: count,
  }),
  z.object({ type: z.literal("cancel"), message_id: id }),
  /** Asks for another reply after one that failed. */
  z.object({ type: z.literal("retry"), message_id: id }),
]);
export type ClientFrame = z.infer<typeof clientFrameSchema>;
export type ClientFrameType = ClientFrame["type"];

export interface Limits {
  content_chars_max: number;
  frame_bytes_max: number;
  frames_per_minute: number;
  messages_per_minute: number;
  sync_limit_max: number;
}

export type ServerFrame =
  | {
      type: "connected";
      user_id: string;
      session_id: string;
      /** Identifies this server process: a new value means streams must be resumed. */
      epoch: string;
      protocol: number;
      heartbeat_ms: number;
      server_time: string;
      limits: Limits;
    }
  | { type: "message"; message: Message }
  | {
      type: "message_sent";
      client_message_id: string | null;
      message_id: string;
      conversation_id: string;
      seq: number;
      rev: number;
      created_at: string;
      duplicate: boolean;
    }
  | { type: "typing"; user_id: string; conversation_id: string; is_typing: boolean; ttl_ms: number }
  | { type: "presence"; user_id: string; status: "online" | "offline" | "away"; conversation_id?: string }
  | { type: "read"; conversation_id: string; user_id: string; message_id: string; seq: number }
  /** `message` is the row as inserted; its `content` is empty, the text follows as deltas. */
  | { type: "stream_start"; message_id: string; conversation_id: string; attempt: number; message: Message }
  /** `from`: UTF-16 offset of `text` in the whole reply. */
  | { type: "delta"; message_id: string; conversation_id: string; attempt: number; from: number; text: string }
  /** Another attempt begins: what came before is void, text restarts at 0. */
  | { type: "stream_reset"; message_id: string; conversation_id: string; attempt: number }
  /** `length`: UTF-16 units of the final content. A `message` frame with the saved row precedes it. */
  | {
      type: "stream_end";
      message_id: string;
      conversation_id: string;
      attempt: number;
      length: number;
      status: Message["status"];
      rev: number;
    }
  | {
      type: "sync_data";
      messages: Message[];
      conversations: { id: string; top_rev: number; has_more: boolean; reset: boolean }[];
      epoch: string;
      /** Present when answering a history request (`before_seq`). */
      history?: { conversation_id: string; before_seq: number; has_more: boolean };
    }
  | { type: "conversation"; conversation: VisibleConversation }
  | {
      type: "error";
      error: string;
      code: string;
      retryable: boolean;
      retry_after_ms?: number;
      /** The offending `client_message_id`, when there is one. */
      ref?: string;
    }
  | { type: "drain"; reconnect_after_ms: number }
  | { type: "pong"; t: number | null; server_time: string };

/** What of a conversation both visitors and operators may see. Operators get the whole row over HTTP. */
export type VisibleConversation = Pick<
  Conversation,
  "id" | "agent_id" | "status" | "owner" | "owner_epoch" | "last_seq" | "last_rev" | "last_message_preview" | "last_message_at"
> & { owner_name: string | null };
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
