import { sql } from "kysely";
import { SYSTEM } from "../../db/actor.ts";
import type { Trx } from "../../db/database.ts";
import { AuthFailure, overRequestRate } from "./auth-failure.ts";
import { recheckAccess, type AuthContext } from "./auth-state.ts";
import { hashRefreshToken, nextRefreshToken } from "./refresh-tokens.ts";
import { toAuthSession, type AuthSession } from "./to-auth-user.ts";

/** How long a used token still answers with its successor. auth-js repeats a refresh whose answer was lost for 30 s. */
export const REUSE_SECONDS = 30;
/** A sign-in that nobody refreshes for so long is over. */
export const IDLE_DAYS_MAX = 30;

/**
 * A refresh token for the next pair. Every token works once; while its successor is unused it may be repeated for
 * REUSE_SECONDS with the same answer (two tabs, a lost answer). Any other second use means that two parties hold it,
 * and ends the sign-in. Throws AuthFailure.
 */
export async function refreshSession(
  ctx: Omit<AuthContext, "actor">,
  input: { refreshToken: string; address: string },
): Promise<AuthSession> {
  const hash = hashRefreshToken(input.refreshToken);
  const next = nextRefreshToken(ctx.config.jwtSecret, input.refreshToken);
  const found = await ctx.db.as(SYSTEM, async (trx) => {
    const row = await findToken(trx, hash);
    if (!row || row.revoked_at !== null || row.is_expired) return null;
    if (row.used_at === null) await rotate(trx, row.session_id, hash, hashRefreshToken(next));
    else if (!(row.is_recent && (await isUnused(trx, hashRefreshToken(next))))) {
      await trx
        .updateTable("auth.sessions")
        .set({ revoked_at: sql`now()` })
        .where("id", "=", row.session_id)
        .execute();
      return { sessionId: row.session_id, userId: row.user_id, user: null };
    }
    const user = await trx.selectFrom("auth.users").selectAll().where("id", "=", row.user_id).executeTakeFirstOrThrow();
    return { sessionId: row.session_id, userId: row.user_id, user };
  });

  if (found?.user) return toAuthSession(ctx, found.user, found.sessionId, next);
  if (found) {
    ctx.log.warn({ user_id: found.userId, session_id: found.sessionId }, "a used refresh token came again: sign-in ended");
    recheckAccess(ctx, found.userId, found.sessionId);
  }
  // Only failures are braked: a client that is told to wait here believes it is signed out.
  const restMs = await ctx.auth.addressBrake.attempt(input.address);
  if (restMs > 0) throw overRequestRate(restMs);
  throw found
    ? new AuthFailure(400, "refresh_token_already_used", "Invalid Refresh Token: Already Used")
    : new AuthFailure(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found");
}

/** Locks token and sign-in, so that two refreshes at the same moment go one after the other. */
function findToken(trx: Trx, hash: string) {
  return trx
    .selectFrom("auth.refresh_tokens as t")
    .innerJoin("auth.sessions as s", "s.id", "t.session_id")
    .select([
      "s.id as session_id",
      "s.user_id",
      "s.revoked_at",
      "t.used_at",
      sql<boolean>`t.used_at > now() - make_interval(secs => ${REUSE_SECONDS})`.as("is_recent"),
      sql<boolean>`t.created_at < now() - make_interval(days => ${IDLE_DAYS_MAX})`.as("is_expired"),
    ])
    .where("t.token_hash", "=", hash)
    .forUpdate(["s", "t"])
    .executeTakeFirst();
}

async function rotate(trx: Trx, sessionId: string, hash: string, nextHash: string): Promise<void> {
  await trx
    .updateTable("auth.refresh_tokens")
    .set({ used_at: sql`now()` })
    .where("token_hash", "=", hash)
    .execute();
  await trx
    .insertInto("auth.refresh_tokens")
    .values({ token_hash: nextHash, session_id: sessionId, parent_hash: hash })
    .execute();
  await trx
    .updateTable("auth.sessions")
    .set({ refreshed_at: sql`now()` })
    .where("id", "=", sessionId)
    .execute();
  // A page refreshes 150 times a day. A token used a week ago is no longer told apart from one that never was.
  await trx
    .deleteFrom("auth.refresh_tokens")
    .where("session_id", "=", sessionId)
    .where("used_at", "<", sql<string>`now() - interval '7 days'`)
    .execute();
}

async function isUnused(trx: Trx, hash: string): Promise<boolean> {
  const row = await trx.selectFrom("auth.refresh_tokens").select("used_at").where("token_hash", "=", hash).executeTakeFirst();
  return row !== undefined && row.used_at === null;
}
