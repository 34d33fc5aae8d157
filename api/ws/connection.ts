import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import { CLOSE } from "../../protocol/codes.ts";
import { clientFrameSchema, type ServerFrame } from "../../protocol/frames.ts";
import type { UserActor, VisitorActor } from "../db/actor.ts";
import type { Deps } from "../deps.ts";
import { AppError, authError, rateLimited, toErrorFrame, validationError } from "../errors.ts";
import { loggable } from "../lib/loggable.ts";
import { createSerialQueue } from "../lib/serial-queue.ts";
import { createTokenBucket, type TokenBucket } from "../lib/token-bucket.ts";
import { userIdOf, type Peer } from "./hub.ts";
import { createOutbound } from "./outbound.ts";
import { plainFrame } from "./plain-frame.ts";
import { prepareFrame } from "./prepared-frame.ts";
import { connectedFrame } from "./session-port.ts";
import { closeCodeOf, createSession } from "./session.ts";
import { createTokenExpiry } from "./token-expiry.ts";

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
}

/** One socket: bytes in, bytes out. Frames are handled one after another; what they mean is the session's. */
export function createConnection(
  deps: Deps,
  ws: WebSocket,
  socket: Duplex,
  options: ConnectionOptions,
  onClose: () => void,
): Connection {
  const { hub, limits, log } = deps;
  const { session_id, actor } = options;
  const outbound = createOutbound(ws, socket, limits, () => close(CLOSE.overload));
  const rate = createTokenBucket(limits.framesPerMinute, MINUTE_MS);
  // Most peers never need them.
  let floods: TokenBucket | null = null;
  let invalid: TokenBucket | null = null;
  let isAlive = true;
  let isClosing = false;
  let isGone = false;

  const send = (frame: ServerFrame) => outbound.send(prepareFrame(frame));
  const close = (code: number) => {
    isClosing = true;
    hub.leave(peer);
    outbound.close(code);
  };
  const refuse = (err: AppError, ref?: string) => {
    send(toErrorFrame(err, ref));
    invalid ??= createTokenBucket(limits.invalidFramesMax - 1, MINUTE_MS);
    if (invalid.take() > 0) close(CLOSE.policyViolation);
  };
  const expiry = createTokenExpiry(limits.tokenGraceMs, () => {
    send(toErrorFrame(authError("The token has expired.")));
    close(CLOSE.tokenExpired);
  });

  const subscriptions = new Set<string>();
  const peer: Peer = {
    session_id,
    actor,
    isPlain: options.isPlain,
    subscriptions,
    deliver: (prepared) => outbound.send(prepared),
    end(code, reason) {
      send(toErrorFrame(reason));
      close(code);
    },
    drain(reconnectAfterMs) {
      if (!options.isPlain) send({ type: "drain", reconnect_after_ms: reconnectAfterMs });
      close(CLOSE.drain);
    },
  };
  const session = createSession(deps, actor, {
    session_id,
    address: options.address,
    subscriptions,
    send(frame) {
      const allowed = options.isPlain ? plainFrame(frame) : frame;
      if (allowed) send(allowed);
    },
    renew: expiry.renew,
    setPresence: (status) => hub.setPresence(peer, status),
  });
  const queue = createSerialQueue((err) => {
    log.error({ session_id, err: loggable(err) }, "a socket's task failed");
    close(CLOSE.internal);
  });

  async function open(): Promise<void> {
    try {
      await session.check();
      hub.checkRoom(actor);
    } catch (err) {
      if (!(err instanceof AppError)) log.error({ session_id, err: loggable(err) }, "a socket could not open");
      send(toErrorFrame(err));
      return close(closeCodeOf(err));
    }
    if (isClosing || isGone) return;
    // In one breath: nothing comes before `connected`, and nothing said after it is missed.
    send(connectedFrame(deps, userIdOf(actor), session_id));
    hub.join(peer);
    expiry.renew(options.expires_at);
  }

  function handle(data: string): void | Promise<void> {
    if (ws.isPaused && queue.length <= WAITING_FRAMES_MAX / 2) ws.resume();
    if (isClosing) return;
    const value = parseJson(data);
    const ref = refOf(value);
    const waitMs = rate.take();
    if (waitMs > 0) {
      deps.metrics.limitHits.inc({ kind: "frames" });
      send(toErrorFrame(rateLimited(waitMs), ref));
      // Who goes on regardless is not a client in a hurry.
      floods ??= createTokenBucket(limits.framesPerMinute, MINUTE_MS);
      if (floods.take() > 0) close(CLOSE.policyViolation);
      return;
    }
    if (value === undefined) return refuse(validationError([{ path: [], message: "The frame is not JSON." }]));
    const parsed = clientFrameSchema.safeParse(value);
    if (!parsed.success) return refuse(validationError(parsed.error.issues), ref);
    const { type } = parsed.data;
    try {
      return session.handle(parsed.data)?.catch((err: unknown) => fail(type, err, ref));
    } catch (err) {
      fail(type, err, ref);
    }
  }

  function fail(type: string, err: unknown, ref: string | undefined): void {
    if (!(err instanceof AppError)) log.error({ session_id, frame: type, err: loggable(err) }, "a frame failed");
    send(toErrorFrame(err, ref));
  }

  // Nothing here is async: a rejection in a socket's listener would end the process.
  ws.on("message", (data: RawData, isBinary: boolean) => {
    isAlive = true;
    if (isClosing) return;
    if (isBinary) return close(CLOSE.unsupportedData);
    const text = String(data);
    queue.push(() => handle(text));
    // A slow database must not make us keep what a fast peer sends meanwhile.
    if (queue.length > WAITING_FRAMES_MAX) ws.pause();
  });
  ws.on("pong", () => {
    isAlive = true;
  });
  // ws answers broken frames itself (1002, 1007, 1008, 1009); without a listener the error would end the process.
  ws.on("error", () => {
    isClosing = true;
  });
  // What arrived before the peer went is still done: who sends and leaves has sent.
  ws.on("close", () => {
    isGone = true;
    expiry.stop();
    outbound.dispose();
    hub.leave(peer);
    onClose();
  });
  queue.push(open);

  return {
    beat() {
      // It cannot answer while nothing is read.
      if (ws.isPaused) return;
      if (!isAlive) return ws.terminate();
      isAlive = false;
      ws.ping();
    },
    terminate: () => ws.terminate(),
  };
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
