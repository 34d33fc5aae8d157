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

/** What a page tells when a session begins, and who its visitor is. */
export interface SessionAbout {
  locale?: string;
  page_url?: string;
  /** Tag that tells where the visitor came from. */
  source?: string;
  /** JWT signed with the agent's identity secret. */
  user_token?: string;
  /** Unverified. */
  name?: string;
  email?: string;
  meta?: Readonly<Record<string, string>>;
  widget_version?: string;
}

export interface SessionOptions {
  /** Origin of the server, without a trailing slash. */
  origin: string;
  /** Slug of the agent. */
  agent: string;
  storage: KeyValueStorage;
  key: string;
  about?: (() => SessionAbout) | undefined;
}

export interface Session {
  /** What the storage has, valid or not. */
  stored(): StoredSession | null;
  /** A session whose token is good for a while; `fresh`: the one we have was refused. Throws ApiError, TypeError offline. */
  ensure(fresh?: boolean): Promise<StoredSession>;
  /** Same visitor, new conversation. */
  renew(): Promise<StoredSession>;
  /** Tells who the visitor is, which may lead to another visitor and their conversation. */
  identify(about: SessionAbout): Promise<PublicSession>;
  /** For a log-out: what is in flight for this visitor comes to nothing. */
  forget(): void;
}

const REFRESH_BELOW_MS = 6 * 60 * 60 * 1000;
const EXPIRED_BELOW_MS = 30_000;

/** The visitor's session: begun when first needed, kept per origin and agent, renewed before it ends. */
export function createSession({ origin, agent, storage, key, about }: SessionOptions): Session {
  let pending: Promise<StoredSession> | null = null;
  /** Rises when the visitor is forgotten. */
  let era = 0;

  const post = async (path: string, body: unknown, bearer?: string) => {
    const own = era;
    const response = await fetch(origin + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(bearer && { Authorization: `Bearer ${bearer}` }) },
      body: JSON.stringify(body),
    });
    const answer = await readAnswer<PublicSession>(response);
    if (own !== era) throw new Error("This visitor was forgotten in the meantime.");
    const { token, visitor_id, conversation_id, agent: profile, expires_in } = answer;
    const session = { token, visitor_id, conversation_id, agent: profile, expires_at: Date.now() + expires_in * 1000 };
    storage.set(key, session);
    return { ...answer, ...session };
  };
  const begin = (bearer?: string, who?: SessionAbout) =>
    post(`/public/agents/${encodeURIComponent(agent)}/sessions`, { ...about?.(), ...who }, bearer);
  const stored = () => {
    const value = storage.get(key) as StoredSession | undefined;
    return value?.token && value.conversation_id ? value : null;
  };
  const ensure = async (fresh: boolean) => {
    const known = stored();
    const leftMs = known ? known.expires_at - Date.now() : 0;
    if (known && leftMs > REFRESH_BELOW_MS && !fresh) return known;
    // The server exchanges a token long after its end: who comes back next week finds their conversation.
    if (known) {
      try {
        return await post("/public/sessions/refresh", {}, known.token);
      } catch (err) {
        const isOver = err instanceof ApiError && (err.status === 401 || err.status === 404);
        // A token that still works is better than none while the network is away.
        if (!isOver && !fresh && leftMs > EXPIRED_BELOW_MS) return known;
        if (!isOver) throw err;
      }
    }
    return begin();
  };

  return {
    stored,
    ensure(fresh = false) {
      // Two tabs that open at once must not become two visitors.
      const locks = globalThis.navigator?.locks as LockManager | undefined;
      pending ??= ((locks?.request(key, () => ensure(fresh)) ?? ensure(fresh)) as Promise<StoredSession>).finally(
        () => (pending = null),
      );
      return pending;
    },
    renew: async () => begin((await ensure(false)).token),
    identify: async (who) =>
      stored() ? post("/public/sessions/identify", who, (await ensure(false)).token) : begin(undefined, who),
    forget() {
      era++;
      pending = null;
      storage.remove(key);
    },
  };
}
