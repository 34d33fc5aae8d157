import type { ServerFrame } from "../../protocol/frames.ts";
import type { InboxConversation } from "../../protocol/resources.ts";
import { getConversation } from "../api.ts";
import { ApiError } from "../request.ts";
import { account } from "../session.ts";
import { listen } from "./live.ts";

/** Frames tell that a conversation has changed; what operators see of it is asked for, once for a burst. */

const BURST_MS = 150;

const changeListeners = new Set<(id: string) => void>();
let stopListening: (() => void) | null = null;

/** Calls back with the id of every conversation that has changed or is gone. Returns how to stop. */
export function onChange(listener: (id: string) => void): () => void {
  changeListeners.add(listener);
  stopListening ??= listen(receive);
  return () => {
    changeListeners.delete(listener);
    if (changeListeners.size > 0) return;
    stopListening?.();
    stopListening = null;
  };
}

/** `row` null: it is gone. */
type RowListener = (id: string, row: InboxConversation | null) => void;
const rowListeners = new Set<RowListener>();
const planned = new Map<string, ReturnType<typeof setTimeout>>();
let stopRefreshing: (() => void) | null = null;

/** The same with what the conversation is now, which costs a request for each. */
export function onRow(listener: RowListener): () => void {
  rowListeners.add(listener);
  stopRefreshing ??= onChange(refreshRow);
  return () => {
    rowListeners.delete(listener);
    if (rowListeners.size > 0) return;
    stopRefreshing?.();
    stopRefreshing = null;
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
  for (const listener of rowListeners) listener(id, row);
}

function receive(frame: ServerFrame): void {
  const id = changedBy(frame);
  if (id) for (const listener of changeListeners) listener(id);
}

function changedBy(frame: ServerFrame): string | null {
  switch (frame.type) {
    case "message":
      return frame.message.status === "streaming" ? null : frame.message.conversation_id;
    case "conversation":
      return frame.conversation.id;
    case "read":
      return frame.user_id === account().id ? frame.conversation_id : null;
    case "conversation_deleted":
      return frame.conversation_id;
    default:
      return null;
  }
}
