import type { Bus, BusEvent } from "../bus/bus.ts";
import type { ServerFrame } from "../../protocol/frames.ts";
import type { LiveStreams } from "./live-streams.ts";
import { createRecently } from "./recently.ts";

/** The text so far of replies in progress, from the node that writes them to one that begins to listen or missed something. */
export interface StreamTexts {
  /** A frame that this process published. */
  noteOwn(frame: ServerFrame, clientId: string): void;
  /** Sends the text so far to a node, if the reply is written here. */
  send(node: string, messageId: string): void;
  /** A node has somebody new who reads what is written here. */
  onArrival(event: Extract<BusEvent, { topic: "here" }>, node: string): void;
  /** Asks whoever writes this reply for its text so far; it comes as a delta from 0. */
  ask(messageId: string): void;
}

/** Replies written here at once, with room to spare. */
const OWN_MAX = 1000;

/** `visitorOf`: undefined while it is not known whose the conversation is. */
export function createStreamTexts(
  bus: Bus,
  streams: LiveStreams,
  visitorOf: (conversationId: string) => string | null | undefined,
): StreamTexts {
  /** Replies that this process writes → what their catching up needs. */
  const own = new Map<string, { client_id: string; conversation_id: string }>();
  const asked = createRecently();

  function send(node: string, messageId: string): void {
    const names = own.get(messageId);
    const stream = streams.get(messageId);
    if (!names || !stream || stream.text === "") return;
    const { attempt, text } = stream;
    const { conversation_id } = names;
    bus.send(node, {
      topic: "frame",
      ...names,
      frame: { type: "delta", message_id: messageId, conversation_id, attempt, from: 0, text },
      visitor_id: visitorOf(conversation_id) ?? null,
    });
  }

  return {
    noteOwn(frame, client_id) {
      if (frame.type === "stream_start" || frame.type === "stream_reset") {
        own.set(frame.message_id, { client_id, conversation_id: frame.conversation_id });
        if (own.size > OWN_MAX) own.delete(own.keys().next().value!);
      } else if (frame.type === "stream_end") own.delete(frame.message_id);
    },
    send,
    onArrival(event, node) {
      if (own.size === 0) return;
      const arrived = new Set(event.people.flatMap(([userId, , whereabouts]) => (whereabouts === "gone" ? [] : [userId])));
      const reading = new Set(event.reading.flatMap(([id, isReading]) => (isReading ? [id] : [])));
      for (const [messageId, { conversation_id }] of own) {
        const visitorId = visitorOf(conversation_id);
        if (reading.has(conversation_id) || (visitorId && arrived.has(visitorId))) send(node, messageId);
      }
    },
    ask(messageId) {
      if (asked(messageId)) bus.publish({ topic: "text", message_id: messageId });
    },
  };
}
