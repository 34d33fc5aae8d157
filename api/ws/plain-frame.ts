import { PLAIN_FRAME_TYPES, type ServerFrame } from "../../protocol/frames.ts";

/** What of a frame a client without `renus.v1` gets: finished replies only. null: nothing. */
export function plainFrame(frame: ServerFrame): ServerFrame | null {
  if (!PLAIN_FRAME_TYPES.has(frame.type)) return null;
  if (frame.type === "message") return frame.message.status === "streaming" ? null : frame;
  if (frame.type !== "sync_data") return frame;
  return { ...frame, messages: frame.messages.filter((message) => message.status !== "streaming") };
}
