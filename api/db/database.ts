import { AsyncLocalStorage } from "node:async_hooks";
import {
  CompiledQuery,
  Kysely,
  PostgresDialect,
  sql,
  type Driver,
  type PostgresPool,
  type RawBuilder,
  type Transaction,
} from "kysely";
import { sessionSettings, type Actor } from "./actor.ts";
import { literal } from "./literal.ts";
import type { DB } from "./types.ts";

export type { Actor } from "./actor.ts";
export type Trx = Transaction<DB>;

export interface Database {
  readonly kind: "pglite" | "postgres";
  /**
   * Runs `fn` in one transaction under the actor's role and claims. Nothing else reads or writes, but for `call`.
   * A throw rolls back. Never call it from inside another one: the embedded database has a single connection.
   */
  as<T>(actor: Actor, fn: (trx: Trx) => Promise<T>): Promise<T>;
  /**
   * One statement that is a transaction by itself and spares two round trips. The session user may do nothing but call the
   * functions that take on a role before they touch anything.
   */
  call<Row>(statement: RawBuilder<unknown>): Promise<Row[]>;
  /** The whole folder between two statements, as a compressed tar; only the embedded database has one. */
  dump?(): Promise<Uint8Array>;
  /** One round trip; throws when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Both databases speak through the `pg` pool's shape, so that one dialect and one code path serve both. */
export function createDatabase(kind: Database["kind"], pool: PostgresPool): Database {
  const current = new AsyncLocalStorage<{ isOpen: boolean; begin: string }>();
  let ending: Promise<void> | null = null;
  const endPool = () => (ending ??= pool.end());
  const endedOnce: PostgresPool = { options: pool.options, connect: () => pool.connect(), end: endPool };
  const kysely = new Kysely<DB>({ dialect: new ActorDialect(endedOnce, () => current.getStore()?.begin ?? "begin") });
  return {
    kind,
    async as(actor, fn) {
      if (current.getStore()?.isOpen) {
        throw new Error("Database.as was called inside a transaction; pass the transaction along instead.");
      }
      const { role, claims, isReadOnly } = sessionSettings(actor);
      const settings = `select set_config('role', ${literal(role)}, true), set_config('request.jwt.claims', ${literal(claims)}, true)`;
      const scope = { isOpen: true, begin: `begin; ${isReadOnly ? "set transaction read only; " : ""}${settings}` };
      try {
        return await current.run(scope, () => kysely.transaction().execute(fn));
      } finally {
        scope.isOpen = false;
      }
    },
    async call<Row>(statement: RawBuilder<unknown>) {
      return (await statement.execute(kysely)).rows as Row[];
    },
    async ping() {
      await sql`select 1`.execute(kysely);
    },
    async close() {
      await kysely.destroy();
      // Kysely leaves a pool alone that it never used, and the process would not end.
      await endPool();
    },
  };
}

/** Begins a transaction and takes on the actor's role in one round trip. */
class ActorDialect extends PostgresDialect {
  readonly #begin: () => string;
  constructor(pool: PostgresPool, begin: () => string) {
    super({ pool });
    this.#begin = begin;
  }
  override createDriver(): Driver {
    const driver = super.createDriver();
    driver.beginTransaction = async (connection) => {
      try {
        await connection.executeQuery(CompiledQuery.raw(this.#begin()));
      } catch (err) {
        // Kysely rolls back only what has begun, and the connection would go back to the pool half-way in.
        await connection.executeQuery(CompiledQuery.raw("rollback")).catch(() => {});
        throw err;
      }
    };
    return driver;
  }
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
