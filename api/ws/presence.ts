export type PresenceStatus = "online" | "away" | "offline";

interface Person {
  readonly client_id: string | null;
  readonly sessions: Map<string, "online" | "away">;
  told: PresenceStatus;
  offlineTimer: NodeJS.Timeout | null;
}

export interface Presence {
  connect(userId: string, clientId: string | null, sessionId: string): void;
  set(userId: string, sessionId: string, status: "online" | "away"): void;
  disconnect(userId: string, sessionId: string): void;
  statusOf(userId: string): PresenceStatus;
  stop(): void;
}

/** Several tabs are one person: online while one of them is, offline a while after the last one went. */
export function createPresence(
  offlineAfterMs: number,
  tell: (person: { user_id: string; client_id: string | null; status: PresenceStatus }) => void,
): Presence {
  const people = new Map<string, Person>();

  const settle = (userId: string, person: Person) => {
    const statuses = [...person.sessions.values()];
    const status = statuses.includes("online") ? "online" : statuses.length > 0 ? "away" : "offline";
    if (status === person.told) return;
    person.told = status;
    tell({ user_id: userId, client_id: person.client_id, status });
  };

  return {
    connect(userId, clientId, sessionId) {
      let person = people.get(userId);
      if (!person) {
        person = { client_id: clientId, sessions: new Map(), told: "offline", offlineTimer: null };
        people.set(userId, person);
      }
      if (person.offlineTimer) clearTimeout(person.offlineTimer);
      person.offlineTimer = null;
      person.sessions.set(sessionId, "online");
      settle(userId, person);
    },
    set(userId, sessionId, status) {
      const person = people.get(userId);
      if (!person?.sessions.has(sessionId)) return;
      person.sessions.set(sessionId, status);
      settle(userId, person);
    },
    disconnect(userId, sessionId) {
      const person = people.get(userId);
      if (!person?.sessions.delete(sessionId)) return;
      if (person.sessions.size > 0) return settle(userId, person);
      person.offlineTimer = setTimeout(() => {
        people.delete(userId);
        settle(userId, person);
      }, offlineAfterMs);
      person.offlineTimer.unref();
    },
    statusOf: (userId) => people.get(userId)?.told ?? "offline",
    stop() {
      for (const person of people.values()) if (person.offlineTimer) clearTimeout(person.offlineTimer);
      people.clear();
    },
  };
}
