/** version - trace id - parent id - flags (W3C Trace Context, 3.2). Later versions may say more after a further dash. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/** The trace id of a `traceparent` header: 32 hex digits. null without one, and for what the standard has a receiver ignore. */
export function readTraceId(traceparent: string | undefined): string | null {
  const [, version, traceId, rest] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  if (traceId === undefined || (version === "00" && rest !== undefined)) return null;
  return traceId;
}

/** A UUID as a trace id: who knows the one knows the other. */
export const toTraceId = (uuid: string): string => uuid.replaceAll("-", "");
