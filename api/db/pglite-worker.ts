import { parentPort, workerData } from "node:worker_threads";
import { PGlite, type PGliteOptions } from "@electric-sql/pglite";

/** Runs PGlite off the main thread: a long query would otherwise stop every socket. */

export type WorkerRequest =
  | { id: number; op: "query"; sql: string; params: unknown[] }
  | { id: number; op: "exec"; sql: string }
  | { id: number; op: "dump" }
  | { id: number; op: "close" };
export interface WorkerReply {
  id: number;
  rows?: unknown[];
  affected?: number;
  dump?: Uint8Array;
  error?: { message: string; code?: string; constraint?: string; detail?: string; table?: string };
}

const port = parentPort;
if (!port) throw new Error("pglite-worker runs as a worker thread only.");

const options: PGliteOptions = {
  // The wire form everywhere: int8 as a number, times as ISO 8601 UTC.
  parsers: {
    20: Number,
    1114: (value: string) => new Date(`${value}Z`).toISOString(),
    1184: (value: string) => new Date(value).toISOString(),
  },
};
const { dataDir, dump } = workerData as { dataDir: string | null; dump: Uint8Array<ArrayBuffer> | null };
if (dump) options.loadDataDir = new Blob([dump], { type: "application/gzip" });
const db = await PGlite.create(dataDir ?? "memory://", options);

async function handle(request: WorkerRequest): Promise<WorkerReply> {
  switch (request.op) {
    case "query": {
      const result = await db.query(request.sql, request.params);
      return { id: request.id, rows: result.rows, affected: result.affectedRows ?? 0 };
    }
    case "exec":
      await db.exec(request.sql);
      return { id: request.id };
    case "dump": {
      const file = await db.dumpDataDir("gzip");
      return { id: request.id, dump: new Uint8Array(await file.arrayBuffer()) };
    }
    case "close":
      await db.close();
      return { id: request.id };
  }
}

let queue = Promise.resolve();
port.on("message", (request: WorkerRequest) => {
  queue = queue.then(async () => {
    try {
      port.postMessage(await handle(request));
    } catch (err) {
      const { message, code, constraint, detail, table } = err as Record<string, string | undefined>;
      // Only these fields: PGlite's errors also carry the SQL and its parameters, which hold message text.
      port.postMessage({ id: request.id, error: { message: message ?? "unknown error", code, constraint, detail, table } });
    }
    if (request.op === "close") process.exit(0);
  });
});
port.postMessage({ id: 0 });
