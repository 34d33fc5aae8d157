import type { Whereabouts } from "../bus/bus.ts";
import type { Present } from "./roster.ts";

export type PresenceStatus = Present | "offline";

interface Person {
  told: PresenceStatus;
  offlineTimer: NodeJS.Timeout | null;
  /** When a node that lives last said something of them, by `performance.now()`. */
  heardAt: number;
}

/** What the operators of this node are told of who is there, wherever that is. */
export interface Presence {
  /** Where somebody is now, over all nodes. `isLate`: they went long ago, and only now it is known. */
  see(userId: string, clientId: string | null, whereabouts: Whereabouts, isLate: boolean): void;
  statusOf(userId: string): PresenceStatus;
  stop(): void;
}

/** Offline is told a while after the last socket went: who reloads, or moves to another node, was never away. */
export function createPresence(
  offlineAfterMs: number,
  tell: (person: { user_id: string; client_id: string | null; status: PresenceStatus }) => void,
): Presence {
  const people = new Map<string, Person>();

  return {
    see(userId, clientId, whereabouts, isLate) {
      let person = people.get(userId);
      if (!person) {
        if (whereabouts === "gone") return;
        people.set(userId, (person = { told: "offline", offlineTimer: null, heardAt: -Infinity }));
      }
      const settle = (status: PresenceStatus) => {
        if (status === "offline") people.delete(userId);
        if (status === person.told) return;
        person.told = status;
        tell({ user_id: userId, client_id: clientId, status });
      };
      if (whereabouts !== "gone") {
        if (person.offlineTimer) clearTimeout(person.offlineTimer);
        person.offlineTimer = null;
        settle(whereabouts);
      } else if (!person.offlineTimer) {
        // Who was on a node that lives just now, beside the one that died, may come back as well.
        const waitMs = isLate ? person.heardAt + offlineAfterMs - performance.now() : offlineAfterMs;
        if (waitMs <= 0) settle("offline");
        else person.offlineTimer = setTimeout(settle, waitMs, "offline").unref();
      }
      if (!isLate) person.heardAt = performance.now();
    },
    statusOf: (userId) => people.get(userId)?.told ?? "offline",
    stop() {
      for (const person of people.values()) if (person.offlineTimer) clearTimeout(person.offlineTimer);
      people.clear();
    },
  };
}

/** Several tabs on this node are one person: online while one of them is. */
export interface LocalPeople {
  connect(userId: string, clientId: string | null, sessionId: string): void;
  set(userId: string, sessionId: string, status: Present): void;
  disconnect(userId: string, sessionId: string): void;
}

export function createLocalPeople(
  change: (userId: string, clientId: string | null, whereabouts: Whereabouts) => void,
): LocalPeople {
  const people = new Map<string, { clientId: string | null; sessions: Map<string, Present> }>();

  const settle = (userId: string) => {
    const { clientId, sessions } = people.get(userId)!;
    const statuses = [...sessions.values()];
    if (statuses.length === 0) people.delete(userId);
    change(userId, clientId, statuses.includes("online") ? "online" : (statuses[0] ?? "gone"));
  };
  return {
    connect(userId, clientId, sessionId) {
      const person = people.get(userId) ?? { clientId, sessions: new Map<string, Present>() };
      people.set(userId, person);
      person.sessions.set(sessionId, "online");
      settle(userId);
    },
    set(userId, sessionId, status) {
      const sessions = people.get(userId)?.sessions;
      if (!sessions?.has(sessionId)) return;
      sessions.set(sessionId, status);
      settle(userId);
    },
    disconnect(userId, sessionId) {
      if (people.get(userId)?.sessions.delete(sessionId)) settle(userId);
    },
  };
}
