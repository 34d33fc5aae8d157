import type { ClientFrame, ServerFrame } from "../../protocol/frames.ts";
import type { Deps } from "../deps.ts";
import { PROTOCOL_VERSION } from "../../protocol/codes.ts";

/** What a session needs of the transport it answers through. */
export interface SessionPort {
  readonly session_id: string;
  /** Where it comes from, as it is counted. */
  readonly address: string;
  /** Conversations whose deltas an operator wants; the hub reads it too. */
  readonly subscriptions: Set<string>;
  /** To this peer alone. Never throws. */
  send(frame: ServerFrame): void;
  /** The token was refreshed. Unix seconds. */
  renew(expiresAt: number): void;
  setPresence(status: "online" | "away"): void;
  /** Where the peer is on another node: it began or ceased to read a conversation as it is written. */
  setReading?(conversationId: string, isReading: boolean): void;
}

/** Knows what frames mean, and nothing of bytes. */
export interface Session {
  /** Before `connected`: whether there is anything to connect to. Throws AGENT_NOT_FOUND. */
  check(): Promise<void>;
  /** Throws AppError: the refusal of this frame. */
  handle(frame: ClientFrame): void | Promise<void>;
}

export function connectedFrame(deps: Deps, userId: string, sessionId: string): ServerFrame {
  const { limits } = deps;
  return {
    type: "connected",
    user_id: userId,
    session_id: sessionId,
    epoch: deps.hub.epoch,
    protocol: PROTOCOL_VERSION,
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
