import { LIMITS } from "../protocol/codes.ts";

/** The contract's limits, and those of the nodes among themselves. */
export const SERVER_LIMITS = {
  ...LIMITS,
  /** Visitors' messages that a node keeps while the database is busy. */
  waitingMessagesMax: 2000,
  /** A node that has said nothing for so long has died, and nobody is there any more. */
  nodeLeaseMs: 60_000,
  /** A node that says nothing tells its position on the bus this often, so that others notice what they have missed. */
  busPositionMs: 5000,
  /** Over this long a node that stops sends its sockets away, so that they do not all come back at once. */
  drainMs: 4000,
} as const;
