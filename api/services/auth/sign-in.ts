import { sql } from "kysely";
import { verifyPassword } from "../../lib/passwords.ts";
import { SYSTEM } from "../../db/actor.ts";
import { invalidCredentials, overRequestRate } from "./auth-failure.ts";
import type { AuthContext } from "./auth-state.ts";
import { startSession } from "./start-session.ts";
import { toAuthSession, type AuthSession } from "./to-auth-user.ts";

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
  const isRight = await verifyPassword(input.password, user?.encrypted_password ?? null);
  if (!user || !isRight) throw invalidCredentials();
  await ctx.auth.accountBrake.forgive(accountKey);
  await ctx.auth.addressBrake.giveBack(input.address);

  const { session, signedIn } = await ctx.db.as(SYSTEM, async (trx) => {
    const row = await trx
      .updateTable("auth.users")
      .set({ last_sign_in_at: sql`now()` })
      .where("id", "=", user.id)
      // A password changed while we hashed opens nothing any more.
      .where("encrypted_password", "=", user.encrypted_password)
      .returningAll()
      .executeTakeFirst();
    if (!row) throw invalidCredentials();
    return { session: await startSession(trx, user.id), signedIn: row };
  });
  return toAuthSession(ctx, signedIn, session.sessionId, session.refreshToken);
}
