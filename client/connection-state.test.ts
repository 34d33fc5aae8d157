import { describe, expect, test } from "vitest";
import { transition, type ConnectionEvent, type ConnectionState } from "./connection-state.ts";

const idle: ConnectionState = { name: "idle" };
const connecting: ConnectionState = { name: "connecting", attempt: 0, transport: "socket", unopened: 0, freshToken: false };
const live: ConnectionState = { name: "live", transport: "socket" };
const waiting: ConnectionState = { name: "waiting", attempt: 1, unopened: 1, freshToken: false, delayMs: 1000 };
const stopped: ConnectionState = { name: "stopped", code: null };
const states = { idle, connecting, live, waiting, stopped };

const events = {
  start: { type: "start" },
  connected: { type: "connected" },
  lost: { type: "closed", code: 1006, opened: true },
  refused: { type: "closed", code: 1006, opened: false },
  badToken: { type: "closed", code: 1008, opened: true },
  gone: { type: "closed", code: 4004, opened: true },
  busy: { type: "closed", code: 4100, opened: true },
  expired: { type: "closed", code: 4201, opened: true },
  overload: { type: "closed", code: 1013, opened: true },
  timedOut: { type: "timed_out" },
  drain: { type: "drain", reconnectAfterMs: 2000 },
  timer: { type: "timer" },
  wake: { type: "wake" },
  stop: { type: "stop" },
} satisfies Record<string, ConnectionEvent>;

const fresh: ConnectionState = connecting;
const retry = (attempt: number, unopened: number, freshToken = false): ConnectionState => ({
  name: "waiting",
  attempt,
  unopened,
  freshToken,
  delayMs: 1000,
});
const end = (code: number): ConnectionState => ({ name: "stopped", code });
const drained: ConnectionState = { name: "waiting", attempt: 1, unopened: 0, freshToken: false, delayMs: 2500 };
const withNewToken: ConnectionState = { name: "connecting", attempt: 1, transport: "socket", unopened: 0, freshToken: true };
const again: ConnectionState = { name: "connecting", attempt: 1, transport: "socket", unopened: 1, freshToken: false };

/** Every state × event; "=" means that nothing changes. Randomness is 0.5. */
const table: Record<keyof typeof states, Record<keyof typeof events, ConnectionState | "=">> = {
  // prettier-ignore
  idle: { start: fresh, connected: "=", lost: "=", refused: "=", badToken: "=", gone: "=", busy: "=", expired: "=", overload: "=",
    timedOut: "=", drain: "=", timer: "=", wake: "=", stop: stopped },
  // prettier-ignore
  connecting: { start: "=", connected: live, lost: retry(1, 0), refused: retry(1, 1), badToken: retry(1, 0, true), gone: end(4004),
    busy: retry(1, 0), expired: withNewToken, overload: retry(1, 0), timedOut: retry(1, 1), drain: drained, timer: "=", wake: "=", stop: stopped },
  // prettier-ignore
  live: { start: "=", connected: "=", lost: retry(1, 0), refused: retry(1, 0), badToken: retry(1, 0, true), gone: end(4004),
    busy: retry(1, 0), expired: withNewToken, overload: retry(1, 0), timedOut: fresh, drain: drained, timer: "=", wake: "=", stop: stopped },
  // prettier-ignore
  waiting: { start: "=", connected: "=", lost: "=", refused: "=", badToken: "=", gone: "=", busy: "=", expired: "=", overload: "=",
    timedOut: "=", drain: "=", timer: again, wake: again, stop: stopped },
  // prettier-ignore
  stopped: { start: fresh, connected: "=", lost: "=", refused: "=", badToken: "=", gone: "=", busy: "=", expired: "=", overload: "=",
    timedOut: "=", drain: "=", timer: "=", wake: "=", stop: "=" },
};

describe.each(Object.keys(states) as (keyof typeof states)[])("%s", (name) => {
  test.each(Object.keys(events) as (keyof typeof events)[])("%s", (event) => {
    const expected = table[name][event];
    const next = transition(states[name], events[event], 0.5);
    if (expected === "=") expect(next).toBe(states[name]);
    else expect(next).toEqual(expected);
  });
});

test("where sockets never open, the third try goes over HTTP, and a later one tries sockets again", () => {
  let state = transition(idle, { type: "start" }, 0.5);
  const tried: string[] = [];
  for (let i = 0; i < 6; i++) {
    if (state.name !== "connecting") throw new Error(state.name);
    tried.push(state.transport);
    state = transition(transition(state, events.refused, 0.5), { type: "timer" }, 0.5);
  }
  expect(tried).toEqual(["socket", "socket", "events", "socket", "socket", "events"]);
});

test("waits grow while the server stays away, and start over after a connection", () => {
  let state = transition(connecting, events.refused, 0.5);
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    if (state.name !== "waiting") throw new Error(state.name);
    waits.push(state.delayMs);
    state = transition(transition(state, events.timer, 0.5), events.refused, 0.5);
  }
  expect(waits).toEqual([1000, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  expect(transition(live, events.lost, 0.5)).toMatchObject({ delayMs: 1000 });
});

test("a server that always says the token expired is not hammered", () => {
  const first = transition(live, events.expired, 0.5);
  expect(first.name).toBe("connecting");
  expect(transition(first, events.expired, 0.5)).toMatchObject({ name: "waiting", freshToken: true });
});
