import { sql } from "kysely";
import { SYSTEM, type UserActor } from "../../db/actor.ts";
import { hashPassword, verifyPassword } from "../../lib/passwords.ts";
import { noteChange } from "../audit/note-change.ts";
import { AuthFailure, sessionNotFound } from "./auth-failure.ts";
import { recheckAccess, type AuthContext } from "./auth-state.ts";
import { endSessions } from "./end-sessions.ts";
import { toAuthUser, type AuthUser } from "./to-auth-user.ts";

/** A person changes their own password, which ends their other sign-ins, or metadata. Throws AuthFailure. */
export async function updateOwnUser(
  ctx: AuthContext<UserActor>,
  input: { password?: string | undefined; data?: Record<string, unknown> | undefined },
): Promise<AuthUser> {
  const { user_id: userId, session_id: sessionId } = ctx.actor;
  const passwordHash = input.password === undefined ? null : await checkedHash(ctx, userId, input.password);
  const { row, ended } = await ctx.db.as(SYSTEM, async (trx) => {
    const changed = await trx
      .updateTable("auth.users")
      .set({
        updated_at: sql`now()`,
        ...(passwordHash ? { encrypted_password: passwordHash } : {}),
        ...(input.data ? { raw_user_meta_data: sql`raw_user_meta_data || ${JSON.stringify(input.data)}::jsonb` } : {}),
      })
      .where("id", "=", userId)
      .returningAll()
      .executeTakeFirst();
    if (changed && passwordHash) {
      const object = { id: userId, name: changed.email };
      const { client_id } = ctx.actor;
      await noteChange(trx, ctx.actor, { action: "user.changed", object, client_id, fields: ["password"] });
    }
    return { row: changed, ended: passwordHash ? await endSessions(trx, userId, sessionId ?? undefined) : [] };
  });
  for (const id of ended) recheckAccess(ctx, userId, id);
  if (!row) throw sessionNotFound();
  return toAuthUser(row);
}

async function checkedHash(ctx: Omit<AuthContext, "actor">, userId: string, password: string): Promise<string> {
  if (password.length < 8) throw new AuthFailure(422, "weak_password", "Password should be at least 8 characters.");
  const row = await ctx.db.as(SYSTEM, (trx) =>
    trx.selectFrom("auth.users").select("encrypted_password").where("id", "=", userId).executeTakeFirst(),
  );
  if (await verifyPassword(password, row?.encrypted_password ?? null)) {
    throw new AuthFailure(422, "same_password", "New password should be different from the old password.");
  }
  return hashPassword(password);
}
