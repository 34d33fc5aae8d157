import type { UserActor } from "../../db/actor.ts";

const TOKENS_MAX = 5000;
/** How long another node's sign-out may go unnoticed if the bus lost it. */
const TRUSTED_MS = 30_000;

export interface VerifiedUser {
  actor: UserActor;
  /** Unix seconds. */
  expires_at: number;
}

/** Tokens verified before: checking the signature costs a core 0.2 ms, and the database is asked as well. */
export interface VerifiedTokens {
  /** null when unknown, expired or due for a fresh look at the database. */
  get(token: string): VerifiedUser | null;
  /** Call before asking the database; its result keeps what is learnt only if nothing was forgotten meanwhile. */
  learning(): (token: string, user: VerifiedUser) => void;
  /** `sessionId` null: all tokens of the person. */
  forget(userId: string, sessionId: string | null): void;
  /** All of everybody: what ended meanwhile was not heard. */
  forgetAll(): void;
}

export function createVerifiedTokens(now: () => number = Date.now): VerifiedTokens {
  const entries = new Map<string, VerifiedUser & { trusted_until: number }>();
  let generation = 0;
  return {
    get(token) {
      const entry = entries.get(token);
      if (!entry) return null;
      if (now() >= Math.min(entry.trusted_until, entry.expires_at * 1000)) {
        entries.delete(token);
        return null;
      }
      // Moved to the end: the least recently used is dropped first.
      entries.delete(token);
      entries.set(token, entry);
      return entry;
    },
    learning() {
      const startedIn = generation;
      return (token, user) => {
        if (startedIn !== generation) return;
        entries.set(token, { ...user, trusted_until: now() + TRUSTED_MS });
        if (entries.size > TOKENS_MAX) entries.delete(entries.keys().next().value!);
      };
    },
    forgetAll() {
      generation++;
      entries.clear();
    },
    forget(userId, sessionId) {
      generation++;
      for (const [token, { actor }] of entries) {
        if (actor.user_id === userId && (sessionId === null || actor.session_id === sessionId)) entries.delete(token);
      }
    },
  };
}
