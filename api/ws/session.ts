import { CLOSE } from "../../protocol/codes.ts";
import type { UserActor, VisitorActor } from "../db/actor.ts";
import type { Deps } from "../deps.ts";
import { AppError } from "../errors.ts";
import { OperatorSession } from "./operator-session.ts";
import type { Session, SessionPort } from "./session-port.ts";
import { VisitorSession } from "./visitor-session.ts";

/** The meaning of frames for whoever the token names. */
export function createSession(deps: Deps, actor: UserActor | VisitorActor, port: SessionPort): Session {
  return actor.kind === "visitor" ? new VisitorSession(deps, actor, port) : new OperatorSession(deps, actor, port);
}

const CLOSE_CODES: Partial<Record<AppError["code"], number>> = {
  AGENT_NOT_FOUND: CLOSE.agentUnavailable,
  FORBIDDEN: CLOSE.originForbidden,
  RATE_LIMITED: CLOSE.overload,
};

/** How a refused handshake or opening closes. */
export const closeCodeOf = (err: unknown): number =>
  err instanceof AppError ? (CLOSE_CODES[err.code] ?? CLOSE.policyViolation) : CLOSE.internal;
