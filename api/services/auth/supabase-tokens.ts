import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import type { Config } from "../../config.ts";
import type { Claims } from "../../lib/jwt.ts";

/** The claims of a valid token, else null. */
export type ClaimsVerifier = (token: string) => Promise<Claims | null>;

/**
 * Tokens of Supabase Auth: signed with a key of the project's JWKS, or with the legacy HS256 secret where one is configured.
 * The key decides the algorithm, never the token: a public key is never used as an HMAC secret.
 */
export function createSupabaseVerifier(supabase: NonNullable<Config["supabase"]>): ClaimsVerifier {
  const issuer = `${supabase.url}/auth/v1`;
  const jwks = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), { timeoutDuration: 5000 });
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
    } catch {
      return null;
    }
  };
}
