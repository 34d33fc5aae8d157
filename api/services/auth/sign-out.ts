import { sql } from "kysely";
import { SYSTEM, type UserActor } from "../../db/actor.ts";
import { recheckAccess, type AuthContext } from "./auth-state.ts";
import { endSessions } from "./end-sessions.ts";

export const SIGN_OUT_SCOPES = ["global", "local", "others"] as const;

/** Ends sign-ins of the caller: this one (`local`), all but this one (`others`), all (`global`). */
export async function signOut(ctx: AuthContext<UserActor>, input: { scope: (typeof SIGN_OUT_SCOPES)[number] }): Promise<void> {
  const { user_id: userId, session_id: sessionId } = ctx.actor;
  if (sessionId === null) return;
  const ended = await ctx.db.as(SYSTEM, async (trx) => {
    if (input.scope !== "local") return endSessions(trx, userId, input.scope === "others" ? sessionId : undefined);
    await trx
      .updateTable("auth.sessions")
      .set({ revoked_at: sql`now()` })
      .where("id", "=", sessionId)
      .where("user_id", "=", userId)
      .execute();
    return [sessionId];
  });
  for (const id of ended) recheckAccess(ctx, userId, id);
}
