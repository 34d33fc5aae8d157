import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import { CLOSE } from "../../protocol/codes.ts";
import { clientFrameSchema, type ServerFrame } from "../../protocol/frames.ts";
import type { UserActor, VisitorActor } from "../db/actor.ts";
import type { Deps } from "../deps.ts";
import { AppError, authError, rateLimited, toErrorFrame, validationError } from "../errors.ts";
import { loggable } from "../lib/loggable.ts";
import { countReceived } from "../lib/metrics.ts";
import { createSerialQueue, type SerialQueue } from "../lib/serial-queue.ts";
import { createTokenBucket, type TokenBucket } from "../lib/token-bucket.ts";
import { userIdOf, type Peer } from "./hub.ts";
import { createOutbound, type Outbound } from "./outbound.ts";
import { plainFrame } from "./plain-frame.ts";
import { prepareFrame, type PreparedFrame } from "./prepared-frame.ts";
import { connectedFrame, type Session, type SessionPort } from "./session-port.ts";
import { closeCodeOf, createSession } from "./session.ts";
import { createTokenExpiry, type TokenExpiry } from "./token-expiry.ts";

const MINUTE_MS = 60_000;
/** Frames that wait for the one before. With more, nothing is read from the socket until half of them are done. */
const WAITING_FRAMES_MAX = 32;

export interface ConnectionOptions {
  session_id: string;
  actor: UserActor | VisitorActor;
  /** Unix seconds. */
  expires_at: number;
  isPlain: boolean;
  /** Where it comes from, as it is counted. */
  address: string;
}

export interface Connection {
  /** Pings, or ends a peer that has said nothing since the last one. */
  beat(): void;
  terminate(): void;
  /** What the peer has not read yet. */
  readonly bufferedBytes: number;
}

/** Visitors subscribe to nothing: they hear their conversations as they are. */
const NO_SUBSCRIPTIONS = new Set<string>();

/** One socket: bytes in, bytes out. Frames are handled one after another; what they mean is the session's. */
export function createConnection(
  deps: Deps,
  ws: WebSocket,
  socket: Duplex,
  options: ConnectionOptions,
  onClose: () => void,
): Connection {
  return new SocketConnection(deps, ws, socket, options, onClose);
}

/**
 * What the hub talks to, what the session answers through, and what the heartbeat looks after, in one object: of ten thousand
 * idle sockets each costs what it is made of.
 */
class SocketConnection implements Connection, Peer, SessionPort {
  readonly session_id: string;
  readonly actor: UserActor | VisitorActor;
  readonly isPlain: boolean;
  readonly address: string;
  readonly subscriptions: Set<string>;
  readonly #deps: Deps;
  readonly #ws: WebSocket;
  readonly #outbound: Outbound;
  readonly #session: Session;
  readonly #queue: SerialQueue;
  readonly #expiry: TokenExpiry;
  readonly #rate: TokenBucket;
  // Most peers never need them.
  #floods: TokenBucket | null = null;
  #invalid: TokenBucket | null = null;
  #isAlive = true;
  #isClosing = false;
  #isGone = false;
  /** Ours; a peer that never answers it would be counted as one that just went. */
  #closeCode: number | null = null;

  constructor(deps: Deps, ws: WebSocket, socket: Duplex, options: ConnectionOptions, onClose: () => void) {
    const { limits, log } = deps;
    const { session_id, actor, expires_at } = options;
    this.session_id = session_id;
    this.actor = actor;
    this.isPlain = options.isPlain;
    this.address = options.address;
    this.subscriptions = actor.kind === "visitor" ? NO_SUBSCRIPTIONS : new Set();
    this.#deps = deps;
    this.#ws = ws;
    this.#outbound = createOutbound(ws, socket, limits, deps.metrics.traffic, () => this.#close(CLOSE.overload));
    this.#rate = createTokenBucket(limits.framesPerMinute, MINUTE_MS);
    this.#expiry = createTokenExpiry(limits.tokenGraceMs, () => {
      this.end(CLOSE.tokenExpired, authError("The token has expired."));
    });
    this.#session = createSession(deps, actor, this);
    this.#queue = createSerialQueue((err) => {
      log.error({ session_id, err: loggable(err) }, "a socket's task failed");
      this.#close(CLOSE.internal);
    });

    // Nothing here is async: a rejection in a socket's listener would end the process.
    ws.on("message", (data: RawData, isBinary: boolean) => this.#receive(data, isBinary));
    ws.on("pong", () => {
      this.#isAlive = true;
    });
    // ws answers broken frames itself (1002, 1007, 1008, 1009); without a listener the error would end the process.
    ws.on("error", () => {
      this.#isClosing = true;
    });
    // What arrived before the peer went is still done: who sends and leaves has sent.
    ws.on("close", (code) => {
      this.#isGone = true;
      deps.metrics.socketClosed(this.#closeCode ?? code);
      this.#expiry.stop();
      this.#outbound.dispose();
      deps.hub.leave(this);
      onClose();
    });
    this.#queue.push(() => this.#open(expires_at));
  }

  // For the heartbeat.

  beat(): void {
    // It cannot answer while nothing is read.
    if (this.#ws.isPaused) return;
    if (!this.#isAlive) return this.#ws.terminate();
    this.#isAlive = false;
    this.#ws.ping();
  }

  terminate(): void {
    this.#ws.terminate();
  }

  get bufferedBytes(): number {
    return this.#outbound.bufferedBytes;
  }

  // For the hub.

  deliver(prepared: PreparedFrame): void {
    this.#outbound.send(prepared);
  }

  end(code: number, reason: AppError): void {
    this.#tell(toErrorFrame(reason));
    this.#close(code);
  }

  drain(reconnectAfterMs: number): void {
    if (!this.isPlain) this.#tell({ type: "drain", reconnect_after_ms: reconnectAfterMs });
    this.#close(CLOSE.drain);
  }

  // For the session.

  send(frame: ServerFrame): void {
    const allowed = this.isPlain ? plainFrame(frame) : frame;
    if (allowed) this.#tell(allowed);
  }

  renew(expiresAt: number): void {
    this.#expiry.renew(expiresAt);
  }

  setPresence(status: "online" | "away"): void {
    this.#deps.hub.setPresence(this, status);
  }

  async #open(expiresAt: number): Promise<void> {
    const { hub, log } = this.#deps;
    try {
      await this.#session.check();
      hub.checkRoom(this.actor);
    } catch (err) {
      if (!(err instanceof AppError)) log.error({ session_id: this.session_id, err: loggable(err) }, "a socket could not open");
      this.#tell(toErrorFrame(err));
      return this.#close(closeCodeOf(err));
    }
    if (this.#isClosing || this.#isGone) return;
    // In one breath: nothing comes before `connected`, and nothing said after it is missed.
    this.#tell(connectedFrame(this.#deps, userIdOf(this.actor), this.session_id));
    hub.join(this);
    this.renew(expiresAt);
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#isAlive = true;
    if (this.#isClosing) return;
    if (isBinary) return this.#close(CLOSE.unsupportedData);
    const text = String(data);
    this.#queue.push(() => this.#handle(text));
    // A slow database must not make us keep what a fast peer sends meanwhile.
    if (this.#queue.length > WAITING_FRAMES_MAX) this.#ws.pause();
  }

  #handle(data: string): void | Promise<void> {
    if (this.#ws.isPaused && this.#queue.length <= WAITING_FRAMES_MAX / 2) this.#ws.resume();
    if (this.#isClosing) return;
    const value = parseJson(data);
    const ref = refOf(value);
    const waitMs = this.#rate.take();
    if (waitMs > 0) return this.#refuseFlood(waitMs, ref);
    if (value === undefined) return this.#refuse(validationError([{ path: [], message: "The frame is not JSON." }]));
    const parsed = clientFrameSchema.safeParse(value);
    if (!parsed.success) return this.#refuse(validationError(parsed.error.issues), ref);
    const { type } = parsed.data;
    countReceived(this.#deps.metrics.traffic, type);
    try {
      return this.#session.handle(parsed.data)?.catch((err: unknown) => this.#fail(type, err, ref));
    } catch (err) {
      this.#fail(type, err, ref);
    }
  }

  #refuse(err: AppError, ref?: string): void {
    countReceived(this.#deps.metrics.traffic, "invalid");
    this.#tell(toErrorFrame(err, ref));
    this.#invalid ??= createTokenBucket(this.#deps.limits.invalidFramesMax - 1, MINUTE_MS);
    if (this.#invalid.take() > 0) this.#close(CLOSE.policyViolation);
  }

  #refuseFlood(waitMs: number, ref: string | undefined): void {
    const { limits, metrics } = this.#deps;
    metrics.limitHits.inc({ kind: "frames" });
    this.#tell(toErrorFrame(rateLimited(waitMs), ref));
    // Who goes on regardless is not a client in a hurry.
    this.#floods ??= createTokenBucket(limits.framesPerMinute, MINUTE_MS);
    if (this.#floods.take() > 0) this.#close(CLOSE.policyViolation);
  }

  #fail(type: string, err: unknown, ref: string | undefined): void {
    if (!(err instanceof AppError))
      this.#deps.log.error({ session_id: this.session_id, frame: type, err: loggable(err) }, "a frame failed");
    this.#tell(toErrorFrame(err, ref));
  }

  /** Also what plain clients would not hear. */
  #tell(frame: ServerFrame): void {
    this.#outbound.send(prepareFrame(frame));
  }

  #close(code: number): void {
    this.#isClosing = true;
    this.#closeCode ??= code;
    this.#deps.hub.leave(this);
    this.#outbound.close(code);
  }
}

function parseJson(data: string): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return undefined;
  }
}

/** The client_message_id of a frame that may be anything. */
function refOf(value: unknown): string | undefined {
  const ref = (value as { client_message_id?: unknown } | null | undefined)?.client_message_id;
  return typeof ref === "string" && ref.length <= 64 ? ref : undefined;
}
