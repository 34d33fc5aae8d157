import { CLOSE, LIMITS } from "../protocol/codes.ts";
import type { ClientFrame, ServerFrame } from "../protocol/frames.ts";
import { ApiError } from "./api-error.ts";
import { transition, type ConnectionEvent, type ConnectionState, type Transport } from "./connection-state.ts";
import type { Link, OpenLink } from "./link.ts";
import { openSocketLink } from "./socket-link.ts";

export interface ConnectionOptions {
  /** Origin of the server, without a trailing slash. */
  origin: string;
  /** `fresh`: the last token was refused. A rejection counts as a connection that failed. */
  token(fresh: boolean): Promise<string>;
  onFrame(frame: ServerFrame): void;
  onState(state: ConnectionState): void;
  random?: () => number;
  links?: Record<Transport, () => Promise<OpenLink>>;
}

// Hardly anybody needs the second one: it is fetched when it is.
const LINKS: Record<Transport, () => Promise<OpenLink>> = {
  socket: () => Promise.resolve(openSocketLink),
  events: async () => (await import("./events-link.ts")).openEventsLink,
};
const CONNECT_TIMEOUT_MS = 15_000;
const PONG_TIMEOUT_MS = 8000;

/** Keeps one link to the server alive: runs what connection-state decides. */
export class Connection {
  state: ConnectionState = { name: "idle" };
  readonly #options: ConnectionOptions;
  #link: Link | null = null;
  /** Rises with every link, so that a late answer of an abandoned one changes nothing. */
  #generation = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heartbeatMs: number = LIMITS.heartbeatMs;
  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#dispatch({ type: "start" });
  }

  stop(): void {
    this.#dispatch({ type: "stop" });
  }

  /** Call when the network is back or the page became visible: waits end, a live link proves that it is. */
  wake(): void {
    if (this.state.name === "live") this.#probe();
    else this.#dispatch({ type: "wake" });
  }

  /** False when it is not live. */
  send(frame: ClientFrame): boolean {
    return this.state.name === "live" && (this.#link?.send(frame) ?? false);
  }

  #dispatch(event: ConnectionEvent): void {
    const before = this.state;
    const state = transition(before, event, (this.#options.random ?? Math.random)());
    if (state === before) return;
    this.state = state;
    clearTimeout(this.#timer);
    if (state.name !== "live") this.#dropLink();
    if (state.name === "connecting") void this.#open(state.transport, state.freshToken);
    if (state.name === "waiting") this.#timer = setTimeout(() => this.#dispatch({ type: "timer" }), state.delayMs);
    if (state.name === "live") this.#heard();
    this.#options.onState(state);
  }

  async #open(transport: Transport, freshToken: boolean): Promise<void> {
    const generation = ++this.#generation;
    const isCurrent = () => generation === this.#generation;
    this.#timer = setTimeout(() => this.#dispatch({ type: "timed_out" }), CONNECT_TIMEOUT_MS);
    let token: string;
    try {
      token = await this.#options.token(freshToken);
    } catch (err) {
      if (isCurrent()) this.#dispatch(refusal(err));
      return;
    }
    if (!isCurrent()) return;
    try {
      const openLink = await (this.#options.links ?? LINKS)[transport]();
      if (!isCurrent()) return;
      this.#link = openLink(this.#options.origin, token, {
        onFrame: (frame) => isCurrent() && this.#receive(frame),
        onClose: (code, opened) => isCurrent() && this.#dispatch({ type: "closed", code, opened }),
      });
    } catch {
      // A page's policy may forbid sockets altogether; the constructor then throws.
      if (isCurrent()) this.#dispatch({ type: "closed", code: 1006, opened: false });
    }
  }

  #receive(frame: ServerFrame): void {
    if (frame.type === "connected") {
      this.#heartbeatMs = frame.heartbeat_ms || LIMITS.heartbeatMs;
      this.#dispatch({ type: "connected" });
    }
    if (this.state.name === "live") this.#heard();
    if (frame.type === "drain") this.#dispatch({ type: "drain", reconnectAfterMs: frame.reconnect_after_ms });
    else this.#options.onFrame(frame);
  }

  #heard(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#probe(), this.#heartbeatMs);
  }

  #probe(): void {
    this.send({ type: "ping", t: Date.now() });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#dispatch({ type: "timed_out" }), PONG_TIMEOUT_MS);
  }

  #dropLink(): void {
    this.#generation++;
    this.#link?.close();
    this.#link = null;
  }
}

/** What a failed session means for the connection. */
function refusal(err: unknown): ConnectionEvent {
  if (!(err instanceof ApiError)) return { type: "closed", code: 1006, opened: true };
  if (err.status === 429) return { type: "drain", reconnectAfterMs: err.retryAfterMs ?? 30_000 };
  const isFinal = err.status >= 400 && err.status < 500 && err.status !== 401 && err.status !== 408;
  return { type: "closed", code: isFinal ? CLOSE.agentUnavailable : 1006, opened: true };
}
