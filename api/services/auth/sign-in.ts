import { sql } from "kysely";
import { TooManyHashesError, verifyPassword } from "../../lib/passwords.ts";
import { SYSTEM } from "../../db/actor.ts";
import { invalidCredentials, overRequestRate } from "./auth-failure.ts";
import type { AuthContext } from "./auth-state.ts";
import { hashRefreshToken, newRefreshToken } from "./refresh-tokens.ts";
import { toAuthUser, type AuthSession } from "./to-auth-user.ts";
import { ACCESS_TOKEN_SECONDS, signAccessToken } from "./tokens.ts";

/** Password for tokens. `address` is the caller's, for the brake. Throws AuthFailure. */
export async function signIn(
  ctx: Omit<AuthContext, "actor">,
  input: { email: string; password: string; address: string },
): Promise<AuthSession> {
  const email = input.email.trim().toLowerCase();
  const accountKey = `${email} ${input.address}`;
  const restMs = (await ctx.auth.addressBrake.attempt(input.address)) || (await ctx.auth.accountBrake.attempt(accountKey));
  if (restMs > 0) throw overRequestRate(restMs);

  const user = await ctx.db.as(SYSTEM, (trx) =>
    trx
      .selectFrom("auth.users")
      .selectAll()
      .where(sql`lower(email)`, "=", email)
      .executeTakeFirst(),
  );
  const isRight = await verifyPassword(input.password, user?.encrypted_password ?? null).catch((err: unknown) => {
    throw err instanceof TooManyHashesError ? overRequestRate(5000) : err;
  });
  if (!user || !isRight) throw invalidCredentials();
  await ctx.auth.accountBrake.forgive(accountKey);

  const refreshToken = newRefreshToken();
  const { sessionId, signedIn } = await ctx.db.as(SYSTEM, async (trx) => {
    const signedInRow = await trx
      .updateTable("auth.users")
      .set({ last_sign_in_at: sql`now()` })
      .where("id", "=", user.id)
      // A password changed while we hashed opens nothing any more.
      .where("encrypted_password", "=", user.encrypted_password)
      .returningAll()
      .executeTakeFirst();
    if (!signedInRow) throw invalidCredentials();
    const session = await trx.insertInto("auth.sessions").values({ user_id: user.id }).returning("id").executeTakeFirstOrThrow();
    await trx
      .insertInto("auth.refresh_tokens")
      .values({ token_hash: hashRefreshToken(refreshToken), session_id: session.id })
      .execute();
    return { sessionId: session.id, signedIn: signedInRow };
  });
  const access = await signAccessToken(ctx, { user_id: user.id, email: user.email, session_id: sessionId });
  return {
    access_token: access.token,
    token_type: "bearer",
    expires_in: ACCESS_TOKEN_SECONDS,
    expires_at: access.expires_at,
    refresh_token: refreshToken,
    user: toAuthUser(signedIn),
  };
}
