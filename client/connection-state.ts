import { CLOSE } from "../protocol/codes.ts";
import { reconnectDelayMs } from "./backoff.ts";

/**
 * The life of a connection, as pure transitions: no clock, no randomness, no socket in here.
 *
 *   idle ──start──► connecting ──connected──► live
 *                     ▲    │ closed            │ closed, timed out, drain
 *                     │    ▼                   │
 *                     └─ waiting ◄─────────────┘        stop, 40xx ──► stopped
 */
export type Transport = "socket" | "events";

export type ConnectionState =
  | { name: "idle" }
  | { name: "connecting"; attempt: number; transport: Transport; unopened: number; freshToken: boolean }
  | { name: "live"; transport: Transport }
  | { name: "waiting"; attempt: number; unopened: number; freshToken: boolean; delayMs: number }
  /** `code`: the close code that forbids to come back, null when stopped by ourselves. */
  | { name: "stopped"; code: number | null };

export type ConnectionEvent =
  | { type: "start" }
  /** The server said `connected`. */
  | { type: "connected" }
  /** `code` as in the close frame; 1006 when there was none. `opened`: the handshake had succeeded. */
  | { type: "closed"; code: number; opened: boolean }
  /** No frame within the heartbeat's time, or no `connected` frame after the handshake. */
  | { type: "timed_out" }
  | { type: "drain"; reconnectAfterMs: number }
  /** The wait is over. */
  | { type: "timer" }
  /** The network is back or the page became visible. */
  | { type: "wake" }
  | { type: "stop" };

const RECONNECT_AT_ONCE_MIN = 4200;
/** Sockets that never opened before the other transport gets its turn. */
const UNOPENED_MAX = 2;

/** Next state; the same object when nothing changes. `random` in [0, 1). */
export function transition(state: ConnectionState, event: ConnectionEvent, random: number): ConnectionState {
  const { type } = event;
  if (type === "stop") return state.name === "stopped" ? state : { name: "stopped", code: null };
  if (state.name === "idle" || state.name === "stopped") return type === "start" ? connecting(0, 0, false) : state;
  if (state.name === "waiting")
    return type === "timer" || type === "wake" ? connecting(state.attempt, state.unopened, state.freshToken) : state;
  const from = state.name === "connecting" ? state : null;
  if (type === "connected" && from) return { name: "live", transport: from.transport };
  if (type === "closed") return afterClose(from, event.code, !from || event.opened, random);
  // A silent socket may be a sleeping laptop's: try again at once, back off only if that fails.
  if (type === "timed_out") return from ? afterClose(from, 1006, false, random) : connecting(0, 0, false);
  if (type !== "drain") return state;
  // Spread over half the asked time again, or everybody would come back in the same millisecond.
  const delayMs = Math.round(Math.max(0, event.reconnectAfterMs) * (1 + random / 2));
  return { name: "waiting", attempt: 1, unopened: 0, freshToken: false, delayMs };
}

function connecting(attempt: number, unopened: number, freshToken: boolean): ConnectionState {
  // Every third try after sockets have failed goes over HTTP; a server that was merely down gets sockets again.
  const transport = unopened > 0 && unopened % (UNOPENED_MAX + 1) === UNOPENED_MAX ? "events" : "socket";
  return { name: "connecting", attempt, transport, unopened, freshToken };
}

function afterClose(
  from: Extract<ConnectionState, { name: "connecting" }> | null,
  code: number,
  opened: boolean,
  random: number,
): ConnectionState {
  const unopened = opened ? 0 : (from?.unopened ?? 0) + 1;
  const attempt = from ? from.attempt : 0;
  if (code >= 4000 && code < 4100) return { name: "stopped", code };
  if (code >= RECONNECT_AT_ONCE_MIN && code < 4300) {
    // At once, but only the first time in a row: a server that answers so for ever must not be hammered.
    if (attempt === 0 && !from?.freshToken) return connecting(attempt + 1, unopened, true);
    return waiting(attempt, unopened, true, random);
  }
  // 1008 is a refused token: come back with a new one.
  return waiting(attempt, unopened, code === CLOSE.policyViolation, random);
}

function waiting(attempt: number, unopened: number, freshToken: boolean, random: number): ConnectionState {
  return { name: "waiting", attempt: attempt + 1, unopened, freshToken, delayMs: reconnectDelayMs(attempt, random) };
}
