export interface Count {
  points: number;
  /** Until it is forgotten. At least 1. */
  endsInMs: number;
}

/** Points by key, each forgotten a while after its first. Adapters: in memory, PostgreSQL, Redis; the latter two count for all nodes. */
export interface Counters {
  /** Adds and tells the sum. A key that is not there begins and lasts `windowMs`; `points` may be negative. */
  add(key: string, points: number, windowMs: number): Promise<Count>;
  get(key: string): Promise<Count | null>;
  delete(key: string): Promise<void>;
  close(): Promise<void>;
}
