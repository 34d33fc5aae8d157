import type { OpenLink } from "../../client/link.ts";
import { openSocketLink } from "../../client/socket-link.ts";
import type { ServerFrame } from "../../protocol/frames.ts";

interface Place {
  id: string;
  seq: number;
}

/**
 * A link without the protection of cursors, for one tab: where the client asks by `rev` for all that it does not know, this
 * one goes on from the last message it was told of, once for each connection, and does not resume replies.
 */
export function lastMessageLink(): OpenLink {
  let last: Place | null = null;
  return (origin, token, events) => {
    let hasAsked = false;
    const link = openSocketLink(origin, token, {
      ...events,
      onFrame(frame) {
        for (const place of placesIn(frame)) if (!last || place.seq > last.seq) last = place;
        events.onFrame(frame);
      },
    });
    return {
      close: () => link.close(),
      send(frame) {
        if (frame.type === "resume") return true;
        if (frame.type !== "sync" || !frame.cursors || !last) return link.send(frame);
        if (hasAsked) return true;
        hasAsked = true;
        return link.send({ type: "sync", ref: frame.ref, last_message_id: last.id, limit: frame.limit });
      },
    };
  };
}

function placesIn(frame: ServerFrame): readonly Place[] {
  if (frame.type === "sync_data") return frame.messages;
  if (frame.type === "message" || frame.type === "stream_start") return [frame.message];
  return frame.type === "message_sent" ? [{ id: frame.message_id, seq: frame.seq }] : [];
}
