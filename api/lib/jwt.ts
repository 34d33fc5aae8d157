import { sign, verify } from "hono/jwt";

export type Claims = Record<string, unknown> & { sub: string; exp: number };

/** The last moment of a Date. */
const SECONDS_MAX = 8.64e12;

/** HS256; `secondsToLive` from now. */
export async function signToken(
  secret: string,
  claims: Record<string, unknown> & { sub: string; aud: string },
  secondsToLive: number,
): Promise<{ token: string; expires_at: number }> {
  const now = Math.floor(Date.now() / 1000);
  const expiresAt = now + secondsToLive;
  return { token: await sign({ ...claims, iat: now, exp: expiresAt }, secret, "HS256"), expires_at: expiresAt };
}

/**
 * The claims of an HS256 token for `aud` that has not expired (or at most `expiredSecondsMax` ago), else null. A token
 * without an end is refused. The cause is not told: the library's errors quote the token.
 */
export async function verifyToken(
  secret: string,
  token: string,
  aud: string,
  iss?: string,
  expiredSecondsMax = 0,
): Promise<Claims | null> {
  // Clocks of two nodes differ: a token may be a second from the future.
  const claims = await verify(token, secret, { alg: "HS256", aud, iat: false, exp: false, ...(iss ? { iss } : {}) }).catch(
    () => null,
  );
  if (!claims || typeof claims.exp !== "number" || typeof claims["sub"] !== "string") return null;
  // Later than any date there is: nobody has signed it in good faith.
  if (claims.exp > SECONDS_MAX) return null;
  if (claims.exp + expiredSecondsMax <= Date.now() / 1000) return null;
  return claims as Claims;
}

/** The audience a token claims, unverified: only to choose who verifies it. */
export function claimedAudience(token: string): unknown {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    return (claims as { aud?: unknown } | null)?.aud;
  } catch {
    return undefined;
  }
}
