import { SYSTEM, type UserActor } from "../../db/actor.ts";
import { sessionNotFound } from "./auth-failure.ts";
import type { AuthContext } from "./auth-state.ts";
import { toAuthUser, type AuthUser } from "./to-auth-user.ts";

/** The caller as Supabase Auth shows them. */
export async function readOwnUser(ctx: AuthContext<UserActor>): Promise<AuthUser> {
  const row = await ctx.db.as(SYSTEM, (trx) =>
    trx.selectFrom("auth.users").selectAll().where("id", "=", ctx.actor.user_id).executeTakeFirst(),
  );
  if (!row) throw sessionNotFound();
  return toAuthUser(row);
}
