import type { ClientFrame, ServerFrame } from "../../protocol/frames.ts";
import { CLOSE } from "../../protocol/codes.ts";
import type { UserActor, VisitorActor } from "../db/actor.ts";
import type { Deps } from "../deps.ts";
import { AppError } from "../errors.ts";
import { createOperatorSession } from "./operator-session.ts";
import { createVisitorSession } from "./visitor-session.ts";

/** What a session needs of the transport it answers through. */
export interface SessionPort {
  readonly session_id: string;
  /** Conversations whose deltas an operator wants; the hub reads it too. */
  readonly subscriptions: Set<string>;
  /** To this peer alone. Never throws. */
  send(frame: ServerFrame): void;
  /** The token was refreshed. Unix seconds. */
  renew(expiresAt: number): void;
  setPresence(status: "online" | "away"): void;
}

/** Knows what frames mean, and nothing of bytes. */
export interface Session {
  /** Throws AGENT_NOT_FOUND. */
  open(): Promise<void>;
  /** Throws AppError: the refusal of this frame. */
  handle(frame: ClientFrame): Promise<void>;
}

export function createSession(deps: Deps, actor: UserActor | VisitorActor, port: SessionPort): Session {
  return actor.kind === "visitor" ? createVisitorSession(deps, actor, port) : createOperatorSession(deps, actor, port);
}

export function connectedFrame(deps: Deps, userId: string, sessionId: string): ServerFrame {
  const { limits } = deps;
  return {
    type: "connected",
    user_id: userId,
    session_id: sessionId,
    epoch: deps.hub.epoch,
    protocol: 1,
    heartbeat_ms: limits.heartbeatMs,
    server_time: new Date().toISOString(),
    limits: {
      content_chars_max: limits.contentCharsMax,
      frame_bytes_max: limits.frameBytesMax,
      frames_per_minute: limits.framesPerMinute,
      messages_per_minute: limits.messagesPerMinute,
      sync_limit_max: limits.syncLimitMax,
    },
  };
}

/** How a refused opening closes. */
export const closeCodeOf = (err: unknown): number =>
  !(err instanceof AppError) ? CLOSE.internal : err.code === "AGENT_NOT_FOUND" ? CLOSE.agentUnavailable : CLOSE.policyViolation;
