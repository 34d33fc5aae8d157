import { sql } from "kysely";
import type { Trx } from "../../db/database.ts";
import { hashRefreshToken, newRefreshToken } from "./refresh-tokens.ts";
import { IDLE_DAYS_MAX } from "./refresh-session.ts";

/** A new sign-in of a person; what is left of their old ones goes. */
export async function startSession(trx: Trx, userId: string): Promise<{ sessionId: string; refreshToken: string }> {
  await trx
    .deleteFrom("auth.sessions")
    .where("user_id", "=", userId)
    .where((eb) =>
      eb.or([
        eb("revoked_at", "<", sql<string>`now() - interval '1 day'`),
        eb(sql`coalesce(refreshed_at, created_at)`, "<", sql`now() - make_interval(days => ${IDLE_DAYS_MAX + 1})`),
      ]),
    )
    .execute();
  const { id } = await trx.insertInto("auth.sessions").values({ user_id: userId }).returning("id").executeTakeFirstOrThrow();
  const refreshToken = newRefreshToken();
  await trx
    .insertInto("auth.refresh_tokens")
    .values({ token_hash: hashRefreshToken(refreshToken), session_id: id })
    .execute();
  return { sessionId: id, refreshToken };
}
