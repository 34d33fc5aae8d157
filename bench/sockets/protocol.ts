/** What a server under test is told, and what it answers; over the channel of a forked process. */
export type ServerOrder =
  | { type: "cpu" }
  /** `ticks` times `perTick` frames of about 200 bytes for every socket. */
  | { type: "publish"; ticks: number; perTick: number }
  | { type: "stop" };
export type ServerAnswer =
  | { type: "ready"; url: string; tokens: string[] }
  /** Microseconds of this process so far. */
  | { type: "cpu"; micros: number };

export const KINDS = ["renus", "socket.io", "bare"] as const;
export type Kind = (typeof KINDS)[number];

export const TEXT = "x".repeat(60);
