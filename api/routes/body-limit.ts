import type { MiddlewareHandler } from "hono";
import { AppError } from "../errors.ts";

/** How much of a refused body is read and thrown away, so that its sender gets to read the answer. */
const DISCARDED_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Bodies of more than `bytesMax` are PAYLOAD_TOO_LARGE. The rest of such a body is still taken off the connection: answering
 * in the middle of an upload resets it, and the sender sees a broken connection instead of the reason.
 */
export function limitBody(bytesMaxOf: (path: string) => number): MiddlewareHandler {
  return async function limitBodyMiddleware(c, next) {
    const { body, headers } = c.req.raw;
    if (!body) return next();
    const bytesMax = bytesMaxOf(c.req.path);
    const length = headers.has("Transfer-Encoding") ? null : headers.get("Content-Length");
    if (length !== null && Number(length) <= bytesMax) return next();

    const kept: Uint8Array<ArrayBuffer>[] = [];
    const reader = body.getReader();
    // Somebody who hangs up in the middle is not a failure of ours.
    const read = () =>
      reader.read().catch(() => {
        throw new AppError("VALIDATION_ERROR", "The body broke off.", { issues: [] });
      });
    let bytes = 0;
    for (let chunk = await read(); !chunk.done; chunk = await read()) {
      bytes += chunk.value.length;
      if (bytes <= bytesMax) kept.push(chunk.value);
      else kept.length = 0;
      if (bytes > DISCARDED_BYTES_MAX) {
        c.header("Connection", "close");
        break;
      }
    }
    if (bytes > bytesMax) throw new AppError("PAYLOAD_TOO_LARGE", "The body is too large.", { bytes_max: bytesMax });
    c.req.raw = new Request(c.req.raw, { method: c.req.method, body: new Blob(kept) });
    return next();
  };
}
