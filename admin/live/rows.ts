import type { ServerFrame } from "../../protocol/frames.ts";
import type { InboxConversation } from "../../protocol/resources.ts";
import { getConversation } from "../api.ts";
import { ApiError } from "../request.ts";
import { account } from "../session.ts";
import { listen } from "./live.ts";

/** Frames tell that a conversation has changed; what operators see of it is asked for, once for a burst. */

const BURST_MS = 150;

/** `row` null: it is gone. */
type RowListener = (id: string, row: InboxConversation | null) => void;
const listeners = new Set<RowListener>();
const planned = new Map<string, ReturnType<typeof setTimeout>>();
let stop: (() => void) | null = null;

/** Calls back with every conversation that has changed. Returns how to stop. */
export function onRow(listener: RowListener): () => void {
  listeners.add(listener);
  stop ??= listen(receive);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stop?.();
    stop = null;
  };
}

/** Asks for it anew, soon. */
export function refreshRow(id: string): void {
  if (planned.has(id)) return;
  planned.set(
    id,
    setTimeout(() => {
      planned.delete(id);
      void ask(id);
    }, BURST_MS),
  );
}

async function ask(id: string): Promise<void> {
  try {
    tell(id, await getConversation(id));
  } catch (err) {
    if (err instanceof ApiError && err.status === 404) tell(id, null);
    // Out of reach: the reconnect asks for everything again.
  }
}

function tell(id: string, row: InboxConversation | null): void {
  for (const listener of listeners) listener(id, row);
}

function receive(frame: ServerFrame): void {
  switch (frame.type) {
    case "message":
      if (frame.message.status !== "streaming") refreshRow(frame.message.conversation_id);
      break;
    case "conversation":
      refreshRow(frame.conversation.id);
      break;
    case "read":
      if (frame.user_id === account().id) refreshRow(frame.conversation_id);
      break;
    case "conversation_deleted":
      tell(frame.conversation_id, null);
      break;
    default:
  }
}
