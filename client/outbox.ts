import type { KeyValueStorage } from "./storage.ts";

/** A message that a person wrote and the server has not confirmed. */
export interface OutboxEntry {
  /** Keeps its value over every retry and reload: the server recognises the message by it. */
  client_message_id: string;
  conversation_id: string;
  content: string;
  created_at: string;
  /** Words for a person, once the server has refused it; null while it is on its way. */
  error: string | null;
}

export interface Outbox {
  /** In the order they were written. */
  list(conversationId: string): OutboxEntry[];
  /** Adds it, or replaces the one with its id. */
  add(entry: OutboxEntry): void;
  confirm(clientMessageId: string): void;
  /** `error` null puts it back on its way. */
  mark(clientMessageId: string, error: string | null): void;
}

/**
 * Stored first, then sent; confirmed by `message_sent` or by the echo. Sending again is always safe. Several tabs may
 * share one storage: each change reads what is there and touches its own entry only.
 */
export function createOutbox(storage: KeyValueStorage, key: string): Outbox {
  const read = (): OutboxEntry[] => {
    const value = storage.get(key);
    return Array.isArray(value) ? value.filter(isEntry) : [];
  };
  const write = (entries: OutboxEntry[]) => (entries[0] ? storage.set(key, entries) : storage.remove(key));
  return {
    list: (id) => read().filter((entry) => entry.conversation_id === id),
    add: (entry) => write([...read().filter((one) => one.client_message_id !== entry.client_message_id), entry]),
    confirm(id) {
      const before = read();
      const after = before.filter((entry) => entry.client_message_id !== id);
      if (after.length < before.length) write(after);
    },
    mark: (id, error) => write(read().map((entry) => (entry.client_message_id === id ? { ...entry, error } : entry))),
  };
}

function isEntry(value: Partial<OutboxEntry> | null): value is OutboxEntry {
  return typeof value?.client_message_id === "string" && typeof value.content === "string";
}
