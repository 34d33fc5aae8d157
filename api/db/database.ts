import { AsyncLocalStorage } from "node:async_hooks";
import { Kysely, PostgresDialect, sql, type PostgresPool, type Transaction } from "kysely";
import { sessionSettings, type Actor } from "./actor.ts";
import type { DB } from "./types.ts";

export type { Actor } from "./actor.ts";
export type Trx = Transaction<DB>;

export interface Database {
  readonly kind: "pglite" | "postgres";
  /**
   * Runs `fn` in one transaction under the actor's role and claims. Nothing can be read or written outside of it.
   * A throw rolls back. Never call it from inside another one: the embedded database has a single connection.
   */
  as<T>(actor: Actor, fn: (trx: Trx) => Promise<T>): Promise<T>;
  /** One round trip; throws when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Both databases speak through the `pg` pool's shape, so that one dialect and one code path serve both. */
export function createDatabase(kind: Database["kind"], pool: PostgresPool): Database {
  const kysely = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
  const current = new AsyncLocalStorage<{ isOpen: boolean }>();
  return {
    kind,
    async as(actor, fn) {
      if (current.getStore()?.isOpen) {
        throw new Error("Database.as was called inside a transaction; pass the transaction along instead.");
      }
      const scope = { isOpen: true };
      const { role, claims } = sessionSettings(actor);
      try {
        return await current.run(scope, () =>
          kysely.transaction().execute(async (trx) => {
            await sql`select set_config('role', ${role}, true), set_config('request.jwt.claims', ${claims}, true)`.execute(trx);
            return await fn(trx);
          }),
        );
      } finally {
        scope.isOpen = false;
      }
    },
    async ping() {
      await sql`select 1`.execute(kysely);
    },
    async close() {
      await kysely.destroy();
    },
  };
}

/** PostgreSQL's five-character error code, from either driver. */
export function sqlState(err: unknown): string | null {
  const code = (err as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}
/** The violated constraint's name, from either driver. */
export function violatedConstraint(err: unknown): string | null {
  const name = (err as { constraint?: unknown } | null)?.constraint;
  return typeof name === "string" ? name : null;
}
