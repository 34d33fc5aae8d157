import { ERROR_STATUS, type ErrorCode } from "../protocol/codes.ts";
import type { ServerFrame } from "../protocol/frames.ts";
import type { ErrorBody } from "../protocol/resources.ts";

/** The only error that services throw on purpose. `message` is read by people; `details` join the answer. */
export class AppError extends Error {
  override name = "AppError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

export const agentNotFound = (agentId: string) =>
  new AppError("AGENT_NOT_FOUND", "This agent does not exist, or you may not see it.", { agent_id: agentId });
export const subAgentNotFound = () =>
  new AppError("SUB_AGENT_NOT_FOUND", "This sub-agent does not exist, or you may not see it.");
export const conversationNotFound = () =>
  new AppError("CONVERSATION_NOT_FOUND", "This conversation does not exist, or you may not see it.");
export const rateLimited = (retryAfterMs: number, message = "That was too fast. Please wait a moment and try again.") =>
  new AppError("RATE_LIMITED", message, { retry_after_ms: Math.ceil(retryAfterMs) });
export const authError = (message = "Sign in to do this. The token is missing, wrong or expired.") =>
  new AppError("AUTH_ERROR", message);
/** A visitor's token outlived what it opened: whoever holds it begins anew. */
export const sessionEnded = () => authError("This session has ended. Start a new one.");
export const forbidden = (message = "Your role does not allow this.") => new AppError("FORBIDDEN", message);

/** zod's issues in words: where and what. */
export function validationError(issues: readonly { path: readonly PropertyKey[]; message: string }[]): AppError {
  const list = issues.slice(0, 20).map((issue) => ({ path: issue.path.map(String).join("."), message: issue.message }));
  const first = list[0];
  return new AppError(
    "VALIDATION_ERROR",
    first ? `${first.path || "The request"}: ${first.message}` : "The request is not valid.",
    { issues: list },
  );
}

const INTERNAL = "Something went wrong on our side. Please try again.";

/** Anything thrown → HTTP status and body. Never the text of an unexpected exception. */
export function toHttpError(
  err: unknown,
  requestId: string,
): { status: number; body: ErrorBody; headers: Record<string, string> } {
  if (!(err instanceof AppError)) {
    return { status: 500, body: { error: INTERNAL, code: "INTERNAL_ERROR", request_id: requestId }, headers: {} };
  }
  const retryAfterMs = err.details["retry_after_ms"];
  return {
    status: ERROR_STATUS[err.code],
    body: { ...err.details, error: err.message, code: err.code, request_id: requestId },
    headers: typeof retryAfterMs === "number" ? { "Retry-After": String(Math.ceil(retryAfterMs / 1000)) } : {},
  };
}

const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["RATE_LIMITED", "MODEL_UNAVAILABLE", "INTERNAL_ERROR"]);

/** Anything thrown → error frame. `ref` is the offending client_message_id. */
export function toErrorFrame(err: unknown, ref?: string): Extract<ServerFrame, { type: "error" }> {
  const known = err instanceof AppError ? err : new AppError("INTERNAL_ERROR", INTERNAL);
  const retryAfterMs = known.details["retry_after_ms"];
  return {
    type: "error",
    error: known.message,
    code: known.code,
    retryable: RETRYABLE.has(known.code),
    ...(typeof retryAfterMs === "number" ? { retry_after_ms: retryAfterMs } : {}),
    ...(ref ? { ref } : {}),
  };
}
