import type { PublicAgent, PublicSession } from "../protocol/resources.ts";
import { ApiError, readAnswer } from "./api-error.ts";
import type { KeyValueStorage } from "./storage.ts";

/** What is kept of a session. The token opens exactly one visitor of one agent. */
export interface StoredSession {
  token: string;
  /** Milliseconds since the epoch. */
  expires_at: number;
  visitor_id: string;
  conversation_id: string;
  agent: PublicAgent;
}

export interface SessionOptions {
  /** Origin of the server, without a trailing slash. */
  origin: string;
  /** Slug of the agent. */
  agent: string;
  storage: KeyValueStorage;
  /** Sent when a session begins: language, page and source tag. */
  about?: () => { locale?: string; page_url?: string; source?: string };
  fetch?: typeof fetch;
  now?: () => number;
}

const REFRESH_BELOW_MS = 6 * 60 * 60 * 1000;
const EXPIRED_BELOW_MS = 30_000;

/** The visitor's session: begun when first needed, kept per origin and agent, renewed before it ends. */
export class Session {
  readonly #options: SessionOptions;
  readonly #key: string;
  #pending: Promise<StoredSession> | null = null;
  constructor(options: SessionOptions) {
    this.#options = options;
    this.#key = `renus:session:${options.origin}:${options.agent}`;
  }

  /** What the storage has, valid or not. */
  get stored(): StoredSession | null {
    const value = this.#options.storage.get(this.#key) as StoredSession | undefined;
    return typeof value?.token === "string" && typeof value.conversation_id === "string" ? value : null;
  }

  /** A session whose token is good for a while; `fresh`: the one we have was refused. Throws ApiError, TypeError offline. */
  ensure(fresh = false): Promise<StoredSession> {
    this.#pending ??= this.#locked(() => this.#ensure(fresh)).finally(() => (this.#pending = null));
    return this.#pending;
  }

  /** Same visitor, new conversation. */
  async newConversation(): Promise<StoredSession> {
    const { token } = await this.ensure();
    return this.#keep(await this.#begin(token));
  }

  /** Forgets the visitor on this device. */
  forget(): void {
    this.#options.storage.remove(this.#key);
  }

  async #ensure(fresh: boolean): Promise<StoredSession> {
    const stored = this.stored;
    const leftMs = stored ? stored.expires_at - this.#now() : 0;
    if (stored && leftMs > REFRESH_BELOW_MS && !fresh) return stored;
    // The server exchanges a token long after its end: who comes back next week finds their conversation.
    if (stored) {
      try {
        return this.#keep({
          ...stored,
          ...(await this.#post<Partial<PublicSession>>("/public/sessions/refresh", {}, stored.token)),
        });
      } catch (err) {
        if (!(err instanceof ApiError && err.status < 500 && err.status !== 429)) {
          // A token that still works is better than none while the network is away.
          if (fresh || leftMs <= EXPIRED_BELOW_MS) throw err;
          return stored;
        }
      }
    }
    return this.#keep(await this.#begin(null));
  }

  #begin(token: string | null): Promise<PublicSession> {
    const path = `/public/agents/${encodeURIComponent(this.#options.agent)}/sessions`;
    return this.#post<PublicSession>(path, this.#options.about?.() ?? {}, token);
  }

  #keep(answer: Omit<PublicSession, "expires_in"> & { expires_in?: number; expires_at?: number }): StoredSession {
    const session: StoredSession = {
      token: answer.token,
      expires_at: answer.expires_in === undefined ? (answer.expires_at ?? 0) : this.#now() + answer.expires_in * 1000,
      visitor_id: answer.visitor_id,
      conversation_id: answer.conversation_id,
      agent: answer.agent,
    };
    this.#options.storage.set(this.#key, session);
    return session;
  }

  async #post<T>(path: string, body: unknown, token: string | null): Promise<T> {
    const send = this.#options.fetch ?? fetch;
    const response = await send(this.#options.origin + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(body),
    });
    return readAnswer<T>(response);
  }

  /** Two tabs that open at once must not become two visitors. */
  #locked<T>(fn: () => Promise<T>): Promise<T> {
    const locks = globalThis.navigator?.locks as LockManager | undefined;
    return locks ? (locks.request(this.#key, fn) as Promise<T>) : fn();
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}
