import { randomUUID } from "node:crypto";
import { CLOSE } from "../../protocol/codes.ts";
import type { ClientFrame, ServerFrame } from "../../protocol/frames.ts";
import type { BusEvent } from "../bus/bus.ts";
import type { UserActor, VisitorActor } from "../db/actor.ts";
import type { Deps } from "../deps.ts";
import { AppError, authError, rateLimited, toErrorFrame } from "../errors.ts";
import { loggable } from "../lib/loggable.ts";
import { countReceived } from "../lib/metrics.ts";
import type { PageOrigin } from "../lib/origins.ts";
import type { VerifiedToken } from "../services/auth/tokens.ts";
import { checkOrigin } from "../services/visitors/check-origin.ts";
import { userIdOf, type Peer } from "./hub.ts";
import { prepareFrame } from "./prepared-frame.ts";
import { connectedFrame, type SessionPort } from "./session-port.ts";
import { createSession } from "./session.ts";
import { createTokenExpiry } from "./token-expiry.ts";

/** As long as a socket's closing handshake may take. */
const CLOSE_MS = 2000;

/** The same frames without a WebSocket: server-sent events down, one frame by each POST up. */
export interface EventStreams {
  /** Throws AGENT_NOT_FOUND, FORBIDDEN for a visitor on a website that is not allowed. The stream ends with an `event: close` whose data holds the close code; `cutOff` ends the connection of a peer that does not read it. */
  open(
    verified: VerifiedToken<UserActor | VisitorActor>,
    page: PageOrigin,
    cutOff: () => void,
  ): Promise<ReadableStream<Uint8Array>>;
  /**
   * Handles one frame and returns its direct answers. Throws RATE_LIMITED for frames, and FORBIDDEN as `open` does; other refusals
   * and failures are error frames.
   */
  post(actor: UserActor | VisitorActor, frame: ClientFrame, from: FrameOrigin): Promise<ServerFrame[]>;
}

export interface FrameOrigin {
  page: PageOrigin;
  /** As it is counted. */
  address: string;
  /** The stream it belongs to, as its `connected` said; what the frame causes is then not told to that stream again. */
  session_id: string | undefined;
}

interface Stream {
  readonly peer: Peer;
  readonly subscriptions: Set<string>;
  renew(expiresAt: number): void;
}

export function createEventStreams(deps: Deps): EventStreams {
  const { hub, limits } = deps;
  const { traffic } = deps.metrics;
  const streams = new Map<string, Stream>();

  // What was posted on another node, because nothing leads a POST to the node that has the stream.
  deps.bus.subscribe((event, from) => {
    if (event.topic !== "stream" || from === deps.bus.node) return;
    const stream = streams.get(event.session_id);
    if (!stream || userIdOf(stream.peer.actor) !== event.user_id) return;
    const { change } = event;
    if ("expires_at" in change) stream.renew(change.expires_at);
    else if ("status" in change) hub.setPresence(stream.peer, change.status);
    else {
      if (change.isReading) stream.subscriptions.add(change.conversation_id);
      else stream.subscriptions.delete(change.conversation_id);
      hub.setReading(event.session_id, change.conversation_id, change.isReading);
    }
  });

  return {
    async open({ actor, expires_at }, page, cutOff) {
      if (actor.kind === "visitor") await checkOrigin({ ...deps, actor }, page);
      const session_id = randomUUID();
      const nowhere = { session_id, address: "", subscriptions: new Set<string>(), send() {}, renew() {}, setPresence() {} };
      await createSession(deps, actor, nowhere).check();
      hub.checkRoom(actor);
      const encoder = new TextEncoder();
      const subscriptions = new Set<string>();
      let controller: ReadableStreamDefaultController<Uint8Array>;
      let isOpen = true;

      const write = (text: string) => {
        if (isOpen) controller.enqueue(encoder.encode(text));
      };
      const leave = () => {
        if (!isOpen) return;
        isOpen = false;
        clearInterval(heartbeat);
        expiry.stop();
        streams.delete(session_id);
        hub.leave(peer);
      };
      const close = (code: number) => {
        if (!isOpen) return;
        write(`event: close\ndata: ${JSON.stringify({ code })}\n\n`);
        leave();
        controller.close();
        // What such a peer has not read would stay in memory for as long as it likes.
        setTimeout(cutOff, CLOSE_MS).unref();
      };
      const send = (frame: ServerFrame) => peer.deliver(prepareFrame(frame));
      const peer: Peer = {
        session_id,
        actor,
        isPlain: false,
        subscriptions,
        deliver(prepared) {
          if (!isOpen) return;
          const room = controller.desiredSize ?? 0;
          if (room <= 0) return close(CLOSE.overload);
          const buffered = limits.bufferedBytesMax - room;
          const { type } = prepared.frame;
          if (buffered > limits.bufferedBytesSoft && (type === "typing" || type === "presence")) {
            traffic.dropped[type]++;
            return;
          }
          traffic.sent++;
          write(`data: ${prepared.text()}\n\n`);
        },
        end(code, reason) {
          send(toErrorFrame(reason));
          close(code);
        },
        drain(reconnectAfterMs) {
          send({ type: "drain", reconnect_after_ms: reconnectAfterMs });
          close(CLOSE.drain);
        },
      };
      const expiry = createTokenExpiry(limits.tokenGraceMs, () =>
        peer.end(CLOSE.tokenExpired, authError("The token has expired.")),
      );
      // Proxies drop what is silent; a comment is no event.
      const heartbeat = setInterval(() => write(": ping\n\n"), limits.heartbeatMs);
      heartbeat.unref();

      const body = new ReadableStream<Uint8Array>(
        {
          start(started) {
            controller = started;
          },
          cancel: leave,
        },
        { highWaterMark: limits.bufferedBytesMax, size: (chunk) => chunk.byteLength },
      );
      send(connectedFrame(deps, userIdOf(actor), session_id));
      hub.join(peer);
      streams.set(session_id, { peer, subscriptions, renew: (at) => expiry.renew(at) });
      expiry.renew(expires_at);
      return body;
    },

    async post(actor, frame, { page, address, session_id }) {
      const waitMs = hub.framesOf(userIdOf(actor)).take();
      if (waitMs > 0) {
        deps.metrics.limitHits.inc({ kind: "frames" });
        throw rateLimited(waitMs);
      }
      countReceived(traffic, frame.type);
      const found = session_id === undefined ? undefined : streams.get(session_id);
      const stream = found && userIdOf(found.peer.actor) === userIdOf(actor) ? found : undefined;
      const answers: ServerFrame[] = [];
      const send = (answer: ServerFrame) => void answers.push(answer);
      const port = stream
        ? portOf(stream.peer, address, stream.subscriptions, send, stream.renew)
        : awayPort(session_id, address, userIdOf(actor), send);
      try {
        if (actor.kind === "visitor") await checkOrigin({ ...deps, actor }, page);
        await createSession(deps, actor, port).handle(frame);
      } catch (err) {
        // From where one asks is not the frame's matter.
        if (err instanceof AppError && err.code === "FORBIDDEN") throw err;
        const ref = frame.type === "message" ? frame.client_message_id : undefined;
        if (!(err instanceof Error && err.name === "AppError")) {
          deps.log.error({ frame: frame.type, err: loggable(err) }, "a frame failed");
        }
        answers.push(toErrorFrame(err, ref));
      }
      return answers;
    },
  };

  /** The stream is another node's, or there is none. */
  function awayPort(
    sessionId: string | undefined,
    address: string,
    user_id: string,
    send: (frame: ServerFrame) => void,
  ): SessionPort {
    const session_id = sessionId ?? randomUUID();
    const tell = (change: Extract<BusEvent, { topic: "stream" }>["change"]) => {
      if (sessionId !== undefined) deps.bus.publish({ topic: "stream", session_id, user_id, change });
    };
    const subscriptions = new Set<string>();
    return {
      session_id,
      address,
      subscriptions,
      send,
      renew: (expires_at) => tell({ expires_at }),
      setPresence: (status) => tell({ status }),
      setReading: (conversation_id, isReading) => tell({ conversation_id, isReading }),
    };
  }

  function portOf(
    peer: Peer,
    address: string,
    subscriptions: Set<string>,
    send: (frame: ServerFrame) => void,
    renew: (expiresAt: number) => void,
  ): SessionPort {
    return {
      session_id: peer.session_id,
      address,
      subscriptions,
      send,
      renew,
      setPresence: (status) => hub.setPresence(peer, status),
    };
  }
}
