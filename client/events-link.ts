import type { ClientFrame, ServerFrame } from "../protocol/frames.ts";
import { readAnswer, ApiError } from "./api-error.ts";
import { parseFrame, type Link, type LinkEvents } from "./link.ts";

/** `CLOSE.originForbidden`, by itself: the codes of both modules would else travel with the chat. */
const ORIGIN_FORBIDDEN = 4003;
/** As over a socket: what is posted is answered by then. */
const ANSWER_MS = 30_000;

/**
 * The same frames where WebSocket is blocked: server-sent events down, one POST a frame up. Read with fetch, because
 * EventSource cannot carry the token in a header.
 */
export function openEventsLink(origin: string, token: string, events: LinkEvents): Link {
  const abort = new AbortController();
  const headers = { Authorization: `Bearer ${token}` };
  let opened = false;
  let isOver = false;
  /** Ties what is posted to this stream, so that its own messages do not come back to it. */
  let sessionId = "";
  // One after another: two POSTs in flight could overtake each other.
  let queue = Promise.resolve();

  const end = (code: number) => {
    if (isOver) return;
    isOver = true;
    abort.abort();
    events.onClose(code, opened);
  };

  const listen = async () => {
    const response = await fetch(`${origin}/public/events`, {
      headers: { ...headers, Accept: "text/event-stream" },
      signal: abort.signal,
      cache: "no-store",
    });
    if (!response.ok || !response.body)
      return end(response.status === 401 ? 1008 : response.status === 403 ? ORIGIN_FORBIDDEN : 1006);
    opened = true;
    let buffer = "";
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let chunk = await reader.read(); !chunk.done && !isOver; chunk = await reader.read()) {
      buffer += chunk.value;
      const blocks = buffer.split(/\r?\n\r?\n/);
      buffer = blocks.pop() ?? "";
      for (const block of blocks) {
        if (/^event: ?close$/m.test(block)) return end(Number(/"code":(\d{4})/.exec(block)?.[1] ?? 1006));
        const frame = parseFrame(dataOf(block));
        if (frame?.type === "connected") sessionId = frame.session_id;
        if (frame && !isOver) events.onFrame(frame);
      }
    }
    end(1006);
  };
  listen().catch(() => end(1006));

  const postInTime = (frame: ClientFrame) => {
    const overdue = setTimeout(end, ANSWER_MS, 1006);
    return post(frame).finally(() => clearTimeout(overdue));
  };
  const post = async (frame: ClientFrame) => {
    const response = await fetch(`${origin}/public/frames${sessionId && `?session_id=${sessionId}`}`, {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify(frame),
      signal: abort.signal,
    });
    if (response.ok) {
      const { frames } = (await response.json()) as { frames: ServerFrame[] };
      for (const frame of frames) if (!isOver) events.onFrame(frame);
      return;
    }
    if (response.status === 401) return end(1008);
    const err = await readAnswer(response).catch((reason: unknown) => reason);
    if (!(err instanceof ApiError) || isOver) return;
    events.onFrame({
      type: "error",
      error: err.message,
      code: err.code,
      retryable: err.status === 429 || err.status >= 500,
      ...(err.retryAfterMs === null ? {} : { retry_after_ms: err.retryAfterMs }),
      ...(frame.type === "message" && frame.client_message_id ? { ref: frame.client_message_id } : {}),
    });
  };

  return {
    send(frame) {
      if (isOver || !opened) return false;
      queue = queue.then(() => postInTime(frame)).catch(() => end(1006));
      return true;
    },
    close() {
      isOver = true;
      abort.abort();
    },
  };
}

function dataOf(block: string): string {
  return block
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).trimStart())
    .join("\n");
}
