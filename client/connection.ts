import { CLOSE, LIMITS } from "../protocol/codes.ts";
import type { ClientFrame, ServerFrame } from "../protocol/frames.ts";
import { ApiError } from "./api-error.ts";
import { transition, type ConnectionEvent, type ConnectionState, type Transport } from "./connection-state.ts";
import type { Link, OpenLink } from "./link.ts";
import { openSocketLink } from "./socket-link.ts";

export type Links = Record<Transport, () => OpenLink | Promise<OpenLink>>;

export interface ConnectionOptions {
  /** Origin of the server, without a trailing slash. */
  origin: string;
  /** `fresh`: the last token was refused. A rejection counts as a connection that failed. */
  token(fresh: boolean): Promise<string>;
  onFrame(frame: ServerFrame): void;
  onState(state: ConnectionState): void;
  /** Why there was no session. */
  onRefused?(err: unknown): void;
  links?: Partial<Links> | undefined;
}

export interface Connection {
  state(): ConnectionState;
  start(): void;
  stop(): void;
  /** Call when the network is back or the page became visible: waits end, a live link proves that it is. */
  wake(): void;
  /** False when it is not live. */
  send(frame: ClientFrame): boolean;
}

// Hardly anybody needs the second one: it is fetched when it is.
const LINKS: Links = {
  socket: () => openSocketLink,
  events: async () => (await import("./events-link.ts")).openEventsLink,
};
const CONNECT_TIMEOUT_MS = 15_000;
const PONG_TIMEOUT_MS = 5000;

/** Keeps one link to the server alive: runs what connection-state decides. */
export function createConnection(options: ConnectionOptions): Connection {
  let state: ConnectionState = { name: "idle" };
  let link: Link | null = null;
  /** Rises with every link, so that a late answer of an abandoned one changes nothing. */
  let generation = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let heartbeatMs: number = LIMITS.heartbeatMs;

  const wait = (ms: number, fn: () => void) => {
    clearTimeout(timer);
    timer = setTimeout(fn, ms);
  };
  const later = (ms: number, type: "timer" | "timed_out") => wait(ms, () => dispatch({ type }));
  const send = (frame: ClientFrame) => state.name === "live" && !!link?.send(frame);
  const probe = () => {
    send({ type: "ping", t: Date.now() });
    later(PONG_TIMEOUT_MS, "timed_out");
  };
  const heard = () => wait(heartbeatMs, probe);

  function dispatch(event: ConnectionEvent): void {
    const next = transition(state, event, Math.random());
    if (next === state) return;
    state = next;
    clearTimeout(timer);
    if (state.name === "live") heard();
    else {
      generation++;
      link?.close();
      link = null;
    }
    if (state.name === "connecting") void open(state.transport, state.freshToken);
    if (state.name === "waiting") later(state.delayMs, "timer");
    options.onState(state);
  }

  async function open(transport: Transport, freshToken: boolean): Promise<void> {
    const own = generation;
    const ifCurrent = (event: ConnectionEvent) => own === generation && dispatch(event);
    later(CONNECT_TIMEOUT_MS, "timed_out");
    const token = await options.token(freshToken).catch((err: unknown) => {
      if (own === generation) options.onRefused?.(err);
      ifCurrent(refusal(err));
    });
    if (!token) return;
    try {
      const openLink = await (options.links?.[transport] ?? LINKS[transport])();
      if (own !== generation) return;
      link = openLink(options.origin, token, {
        onFrame: (frame) => own === generation && receive(frame),
        onClose: (code, opened) => ifCurrent({ type: "closed", code, opened }),
      });
    } catch {
      // A page's policy may forbid sockets altogether; the constructor then throws.
      ifCurrent({ type: "closed", code: 1006, opened: false });
    }
  }

  function receive(frame: ServerFrame): void {
    if (frame.type === "connected") {
      heartbeatMs = frame.heartbeat_ms || heartbeatMs;
      dispatch({ type: "connected" });
    }
    if (state.name === "live") heard();
    if (frame.type === "drain") dispatch({ type: "drain", reconnectAfterMs: frame.reconnect_after_ms });
    else options.onFrame(frame);
  }

  return {
    state: () => state,
    start: () => dispatch({ type: "start" }),
    stop: () => dispatch({ type: "stop" }),
    wake: () => (state.name === "live" ? probe() : dispatch({ type: "wake" })),
    send,
  };
}

/** What a failed session means for the connection. */
function refusal(err: unknown): ConnectionEvent {
  const { status, retryAfterMs }: Partial<ApiError> = err instanceof ApiError ? err : {};
  if (status === 429) return { type: "drain", reconnectAfterMs: retryAfterMs ?? 30_000 };
  const isFinal = status! > 399 && status! < 500 && status !== 401 && status !== 408;
  return { type: "closed", code: isFinal ? CLOSE.agentUnavailable : 1006, opened: true };
}
