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

/**
 * Stored first, then sent; confirmed by `message_sent` or by the echo. Sending again is always safe. Several tabs may
 * share one storage: each change reads what is there and touches its own entry only.
 */
export class Outbox {
  readonly #storage: KeyValueStorage;
  readonly #key: string;
  constructor(storage: KeyValueStorage, key: string) {
    this.#storage = storage;
    this.#key = key;
  }

  /** In the order they were written. */
  list(conversationId: string): OutboxEntry[] {
    return this.#read().filter((entry) => entry.conversation_id === conversationId);
  }

  add(entry: OutboxEntry): void {
    this.#write([...this.#read().filter((one) => one.client_message_id !== entry.client_message_id), entry]);
  }

  confirm(clientMessageId: string): void {
    const before = this.#read();
    const after = before.filter((entry) => entry.client_message_id !== clientMessageId);
    if (after.length !== before.length) this.#write(after);
  }

  /** `error` null puts it back on its way. */
  mark(clientMessageId: string, error: string | null): void {
    this.#write(this.#read().map((entry) => (entry.client_message_id === clientMessageId ? { ...entry, error } : entry)));
  }

  clear(): void {
    this.#storage.remove(this.#key);
  }

  #read(): OutboxEntry[] {
    const value = this.#storage.get(this.#key);
    return Array.isArray(value) ? value.filter(isEntry) : [];
  }

  #write(entries: OutboxEntry[]): void {
    if (entries.length > 0) this.#storage.set(this.#key, entries);
    else this.#storage.remove(this.#key);
  }
}

function isEntry(value: unknown): value is OutboxEntry {
  const entry = value as OutboxEntry | null;
  return typeof entry?.client_message_id === "string" && typeof entry.content === "string";
}
