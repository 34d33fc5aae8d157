import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import { rateLimited } from "../../errors.ts";
import type { Picture } from "./picture.ts";
import type { PictureReply, PictureRequest } from "./picture-worker.ts";

export interface Pictures {
  /** Throws RATE_LIMITED while too many wait. Whoever asks for the same at the same time waits for one drawing. */
  draw(picture: Picture): Promise<Uint8Array<ArrayBuffer>>;
}

interface Options {
  /** Of the drawn ones that are kept; those asked for least recently go first. */
  bytesMax?: number;
  waitingMax?: number;
  /** The worker and its fonts (about 100 MB) go when nobody has asked for so long. */
  idleMs?: number;
  /** A drawing that takes longer ends the worker, and with it all that wait. */
  drawMsMax?: number;
}

/** Raised when the same data is to look different: caches of browsers and networks then ask anew. */
const LOOK = 1;

/** Names the content: the same for the same picture, in every process. */
export function pictureTag(picture: Picture): string {
  return createHash("sha256")
    .update(JSON.stringify([LOOK, picture]))
    .digest("base64url")
    .slice(0, 16);
}

/** Pictures are drawn in a worker, because one takes longer than a chat should wait, and kept in memory. */
export function createPictures({
  bytesMax = 16 * 1024 * 1024,
  waitingMax = 64,
  idleMs = 60_000,
  drawMsMax = 15_000,
}: Options = {}): Pictures {
  const kept = new Map<string, Uint8Array<ArrayBuffer>>();
  const drawing = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  const artist = createArtist(idleMs, drawMsMax);
  let bytes = 0;

  const keep = (tag: string, png: Uint8Array<ArrayBuffer>) => {
    kept.set(tag, png);
    bytes += png.byteLength;
    for (const [oldest, old] of kept) {
      if (bytes <= bytesMax) break;
      kept.delete(oldest);
      bytes -= old.byteLength;
    }
  };

  return {
    async draw(picture) {
      const tag = pictureTag(picture);
      const known = kept.get(tag);
      if (known) {
        kept.delete(tag);
        kept.set(tag, known);
        return known;
      }
      let pending = drawing.get(tag);
      if (!pending) {
        if (drawing.size >= waitingMax)
          throw rateLimited(2000, "Too many pictures are being drawn. Please try again in a moment.");
        pending = artist(picture).finally(() => drawing.delete(tag));
        drawing.set(tag, pending);
        // Once, not by each of those who wait.
        void pending.then((png) => keep(tag, png)).catch(() => {});
      }
      return pending;
    },
  };
}

/** One worker, started when it is needed. It never keeps the process alive by itself. */
function createArtist(idleMs: number, drawMsMax: number): (picture: Picture) => Promise<Uint8Array<ArrayBuffer>> {
  const waiting = new Map<number, { resolve(png: Uint8Array<ArrayBuffer>): void; reject(err: Error): void }>();
  let worker: Worker | null = null;
  let timer: NodeJS.Timeout | undefined;
  let lastId = 0;

  const stop = (err: Error) => {
    clearTimeout(timer);
    void worker?.terminate();
    worker = null;
    for (const entry of waiting.values()) entry.reject(err);
    waiting.clear();
  };
  const start = () => {
    const started = new Worker(new URL("./picture-worker.ts", import.meta.url), {
      // Flags like --input-type are for the main thread and stop a worker from starting.
      execArgv: [],
    });
    started.on("message", (reply: PictureReply) => {
      const entry = waiting.get(reply.id);
      waiting.delete(reply.id);
      if ("png" in reply) entry?.resolve(reply.png);
      else entry?.reject(new Error(`The picture could not be drawn: ${reply.error}`));
      watch();
    });
    started.on("error", (err) => worker === started && stop(err));
    started.on("exit", () => worker === started && stop(new Error("The worker that draws pictures has stopped.")));
    return started;
  };
  const watch = () => {
    clearTimeout(timer);
    const isIdle = waiting.size === 0;
    if (isIdle) worker?.unref();
    else worker?.ref();
    timer = setTimeout(() => stop(new Error("A picture took too long to draw.")), isIdle ? idleMs : drawMsMax);
    timer.unref();
  };

  return (picture) =>
    new Promise((resolve, reject) => {
      worker ??= start();
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, picture } satisfies PictureRequest);
      if (waiting.size === 1) watch();
    });
}
