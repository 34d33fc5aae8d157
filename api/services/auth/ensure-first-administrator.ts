import { sql } from "kysely";
import { SYSTEM } from "../../db/actor.ts";
import type { Deps } from "../../deps.ts";
import { generatePassword, hashPassword } from "../../lib/passwords.ts";

/** Any constant: of two processes that start on an empty database, one creates the administrator. */
const FIRST_START_LOCK = 7_236_872;

export interface FirstAdministrator {
  email: string;
  /** Only when it was generated: to be shown once. */
  generated_password: string | null;
}

/**
 * Gives an empty database its first administrator and its first company. Returns null where there is one already; then
 * ADMIN_EMAIL and ADMIN_PASSWORD change nothing.
 */
export async function ensureFirstAdministrator(deps: Pick<Deps, "db" | "config">): Promise<FirstAdministrator | null> {
  const { adminEmail, adminPassword } = deps.config;
  if (await deps.db.as(SYSTEM, isStarted)) return null;
  const password = adminPassword ?? generatePassword();
  const passwordHash = await hashPassword(password);
  return deps.db.as(SYSTEM, async (trx) => {
    await sql`select pg_advisory_xact_lock(${FIRST_START_LOCK}::bigint)`.execute(trx);
    if (await isStarted(trx)) return null;
    const user = await trx
      .insertInto("auth.users")
      .values({ email: adminEmail.toLowerCase(), encrypted_password: passwordHash, email_confirmed_at: sql`now()` })
      .returning(["id", "email"])
      .executeTakeFirstOrThrow();
    await trx
      .insertInto("profiles")
      .values({ id: user.id, role: "admin", client_id: null, email: user.email, name: "Administrator" })
      .execute();
    const client = await trx.selectFrom("clients").select("id").limit(1).executeTakeFirst();
    if (!client) await trx.insertInto("clients").values({ name: "My company" }).execute();
    return { email: user.email, generated_password: adminPassword ? null : password };
  });
}

async function isStarted(trx: Parameters<Parameters<Deps["db"]["as"]>[1]>[0]): Promise<boolean> {
  return (await trx.selectFrom("profiles").select("id").where("role", "=", "admin").limit(1).executeTakeFirst()) !== undefined;
}
