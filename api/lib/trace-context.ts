/** version - trace id - parent id - flags (W3C Trace Context, 3.2). Later versions may say more after a further dash. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Whose part a request is. Ids in hex digits. */
export interface TraceParent {
  /** 32 digits. */
  traceId: string;
  /** 16 digits. */
  parentId: string;
  /** Whether the caller records the trace. */
  isSampled: boolean;
}

/** What a `traceparent` header says. null without one, and for what the standard has a receiver ignore. */
export function readTraceParent(traceparent: string | undefined): TraceParent | null {
  const [, version, traceId, parentId, flags, rest] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  if (!traceId || !parentId || !flags || (version === "00" && rest !== undefined)) return null;
  return { traceId, parentId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** A UUID as a trace id: who knows the one knows the other. */
export const toTraceId = (uuid: string): string => uuid.replaceAll("-", "");
