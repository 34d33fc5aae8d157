import { Worker } from "node:worker_threads";
import type { PostgresPool, PostgresPoolClient } from "kysely";
import { createDatabase, type Database } from "./database.ts";
import type { WorkerReply, WorkerRequest } from "./pglite-worker.ts";
import type { SqlSession } from "./migrate.ts";

/** The embedded PostgreSQL in a worker thread. One connection: callers wait for their turn. */
export interface Pglite {
  /** As the owner, for migrations; only before `database()`. */
  session: SqlSession;
  /** Gives up the owner's rights for good and hands out the database. */
  database(): Promise<Database>;
  close(): Promise<void>;
}

/** `dataDir` null keeps everything in memory; `dump` fills a new folder. Rejects when the folder cannot be opened. */
export async function openPglite(dataDir: string | null, dump: Uint8Array | null = null): Promise<Pglite> {
  const worker = new Worker(new URL("./pglite-worker.ts", import.meta.url), {
    workerData: { dataDir, dump },
    // Flags like --input-type are for the main thread and stop a worker from starting.
    execArgv: [],
  });
  const waiting = new Map<number, { resolve(reply: WorkerReply): void; reject(err: Error): void }>();
  let lastId = 0;
  let failure: Error | null = null;

  const fail = (err: Error) => {
    failure ??= err;
    for (const entry of waiting.values()) entry.reject(err);
    waiting.clear();
  };
  const isReady = new Promise<WorkerReply>((resolve, reject) => waiting.set(0, { resolve, reject }));
  worker.on("error", fail);
  worker.on("exit", () => fail(new Error("The embedded database has stopped.")));
  worker.on("message", (reply: WorkerReply) => {
    const entry = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.error) entry?.reject(Object.assign(new Error(reply.error.message), reply.error));
    else entry?.resolve(reply);
  });
  await isReady;

  type RequestBody = WorkerRequest extends infer R ? (R extends { id: number } ? Omit<R, "id"> : never) : never;
  const send = (body: RequestBody) =>
    new Promise<WorkerReply>((resolve, reject) => {
      if (failure) return reject(failure);
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ ...body, id } satisfies WorkerRequest);
    });

  const query = async (sqlText: string, params: readonly unknown[] = []) => {
    const reply = await send({ op: "query", sql: sqlText, params: [...params] });
    const rows = (reply.rows ?? []) as Record<string, unknown>[];
    return { rows, rowCount: reply.affected || rows.length, command: "SELECT" as const };
  };

  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    await send({ op: "close" }).catch(() => {});
    await worker.terminate();
  };

  return {
    session: {
      query: async (sqlText, params) => (await query(sqlText, params)).rows,
      exec: async (sqlText) => void (await send({ op: "exec", sql: sqlText })),
    },
    async database() {
      await send({ op: "exec", sql: "set session authorization renus_api" });
      // Several statements in one go are the first of a transaction, and PGlite takes those only without parameters.
      const queryOrExec = async (sqlText: string, params: readonly unknown[] = []) => {
        if (params.length > 0 || !sqlText.startsWith("begin;")) return query(sqlText, params);
        await send({ op: "exec", sql: sqlText });
        return { rows: [], rowCount: 0, command: "BEGIN" as const };
      };
      const pool = singleConnectionPool(queryOrExec, close);
      return {
        ...createDatabase("pglite", pool),
        async dump() {
          // In its turn, so that no transaction is half-way.
          const connection = await pool.connect();
          try {
            return (await send({ op: "dump" })).dump!;
          } finally {
            connection.release();
          }
        },
      };
    },
    close,
  };
}

function singleConnectionPool(
  query: (sqlText: string, params?: readonly unknown[]) => Promise<unknown>,
  end: () => Promise<void>,
): PostgresPool {
  let tail = Promise.resolve();
  return {
    options: {},
    end,
    async connect() {
      const before = tail;
      let release = () => {};
      tail = new Promise((resolve) => (release = resolve));
      await before;
      return { query, release } as unknown as PostgresPoolClient;
    },
  };
}
