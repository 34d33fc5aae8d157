import { sql } from "kysely";
import { SYSTEM } from "../../db/actor.ts";
import type { Trx } from "../../db/database.ts";
import type { Deps } from "../../deps.ts";
import { generatePassword, hashPassword } from "../../lib/passwords.ts";
import { createSupabaseUser } from "./supabase-users.ts";

/** Any constant: of two processes that start on an empty database, one creates the administrator. */
const FIRST_START_LOCK = 7_236_872;

export interface FirstAdministrator {
  email: string;
  /** Only when it was generated: to be shown once. */
  generated_password: string | null;
}

/**
 * Gives an empty database its first administrator and its first company. Returns null where there is one already; then
 * ADMIN_EMAIL and ADMIN_PASSWORD change nothing. With Supabase the person is made in the project; a project that refuses
 * is logged in words and asked again at the next start.
 */
export async function ensureFirstAdministrator(deps: Pick<Deps, "db" | "config" | "log">): Promise<FirstAdministrator | null> {
  const { adminPassword, supabase } = deps.config;
  const email = deps.config.adminEmail.toLowerCase();
  if (await deps.db.as(SYSTEM, hasAdministrator)) return null;

  const password = adminPassword ?? generatePassword();
  if (!supabase) {
    const passwordHash = await hashPassword(password);
    const isFirst = await deps.db.as(SYSTEM, (trx) => makeFirst(trx, email, () => insertUser(trx, email, passwordHash)));
    return isFirst ? { email, generated_password: adminPassword ? null : password } : null;
  }
  try {
    const { id, isNew } = await createSupabaseUser(supabase, email, password);
    const isFirst = await deps.db.as(SYSTEM, (trx) => makeFirst(trx, email, async () => id));
    return isFirst ? { email, generated_password: isNew && !adminPassword ? password : null } : null;
  } catch (err) {
    deps.log.error({ err: { message: (err as Error).message } }, "there is no administrator yet");
    return null;
  }
}

async function hasAdministrator(trx: Trx): Promise<boolean> {
  return (await trx.selectFrom("profiles").select("id").where("role", "=", "admin").limit(1).executeTakeFirst()) !== undefined;
}

/** False when another process was faster. */
async function makeFirst(trx: Trx, email: string, findUserId: () => Promise<string>): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(${FIRST_START_LOCK}::bigint)`.execute(trx);
  if (await hasAdministrator(trx)) return false;
  await trx
    .insertInto("profiles")
    .values({ id: await findUserId(), role: "admin", client_id: null, email, name: "Administrator" })
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ role: "admin", client_id: null }))
    .execute();
  const client = await trx.selectFrom("clients").select("id").limit(1).executeTakeFirst();
  if (!client) await trx.insertInto("clients").values({ name: "My company" }).execute();
  return true;
}

/** Somebody who has the address but no rights gets the new password: who sets the environment owns the server. */
async function insertUser(trx: Trx, email: string, passwordHash: string): Promise<string> {
  const { id } = await trx
    .insertInto("auth.users")
    .values({ email, encrypted_password: passwordHash, email_confirmed_at: sql`now()` })
    .onConflict((conflict) => conflict.expression(sql`lower(email)`).doUpdateSet({ encrypted_password: passwordHash }))
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}
