import type { UserActor } from "../../db/actor.ts";
import type { Deps } from "../../deps.ts";
import { AppError } from "../../errors.ts";
import { AuthFailure, sessionNotFound } from "./auth-failure.ts";
import { isSignedAccessToken, verifyUserToken } from "./tokens.ts";

/**
 * Like verifyUserToken, with Supabase Auth's two refusals told apart: on `session_not_found` its clients forget the
 * sign-in, on `bad_jwt` they do not. Throws AuthFailure.
 */
export async function authenticate(deps: Deps, token: string): Promise<UserActor> {
  try {
    return await verifyUserToken(deps, token);
  } catch (err) {
    if (!(err instanceof AppError)) throw err;
    if (await isSignedAccessToken(deps, token)) throw sessionNotFound();
    throw new AuthFailure(403, "bad_jwt", "invalid JWT: the token is malformed, expired or not signed by this server");
  }
}
