import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify, type JWTVerifyGetKey } from "jose";
import type { Config } from "../../config.ts";
import { AppError } from "../../errors.ts";
import type { Claims } from "../../lib/jwt.ts";

/** The claims of a valid token, else null. Throws INTERNAL_ERROR when the keys cannot be fetched: that says nothing of the token. */
export type ClaimsVerifier = (token: string) => Promise<Claims | null>;

/**
 * Tokens of Supabase Auth: signed with a key of the project's JWKS, or with the legacy HS256 secret where one is configured.
 * The key decides the algorithm, never the token: a public key is never used as an HMAC secret.
 */
export function createSupabaseVerifier(supabase: NonNullable<Config["supabase"]>): ClaimsVerifier {
  const issuer = `${supabase.url}/auth/v1`;
  // Kept for ten minutes; a key that is not among them is looked for again, but not more often than every half minute.
  const fetchKey = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), {
    timeoutDuration: 5000,
    cacheMaxAge: 10 * 60_000,
    cooldownDuration: 30_000,
  });
  const jwks: JWTVerifyGetKey = (header, token) =>
    fetchKey(header, token).catch((err: unknown) => {
      throw isUnfetched(err)
        ? new AppError("INTERNAL_ERROR", "The Supabase project, which knows who you are, does not answer.")
        : err;
    });
  const secret = supabase.jwtSecret ? new TextEncoder().encode(supabase.jwtSecret) : null;
  const expected = { issuer, audience: "authenticated", requiredClaims: ["sub", "exp"] };
  return async function verifySupabaseToken(token) {
    try {
      const isSymmetric = decodeProtectedHeader(token).alg === "HS256";
      if (isSymmetric && !secret) return null;
      const { payload } = isSymmetric
        ? await jwtVerify(token, secret!, { ...expected, algorithms: ["HS256"] })
        : await jwtVerify(token, jwks, { ...expected, algorithms: ["ES256", "RS256", "EdDSA"] });
      // An anonymous sign-in of the project is a stranger.
      return payload["is_anonymous"] === true ? null : (payload as Claims);
    } catch (err) {
      if (err instanceof AppError) throw err;
      return null;
    }
  };
}

/** Whether the keys could not be had, rather than none of them fits. */
function isUnfetched(err: unknown): boolean {
  if (!(err instanceof errors.JOSEError) || err instanceof errors.JWKSTimeout || err instanceof errors.JWKSInvalid) return true;
  // What an answer other than 200 becomes.
  return err.code === errors.JOSEError.code;
}
