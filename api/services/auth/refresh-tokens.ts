import { createHash, createHmac, randomBytes } from "node:crypto";

/** Of a new sign-in: 256 random bits. */
export const newRefreshToken = () => randomBytes(32).toString("base64url");

/**
 * The successor of a refresh token. Derived, not drawn: two tabs that refresh at the same moment get the same one, though
 * the database keeps nothing but hashes. Who knows a token cannot compute the next without the server's secret.
 */
export function nextRefreshToken(jwtSecret: string, refreshToken: string): string {
  return createHmac("sha256", jwtSecret).update(`renus refresh token after ${refreshToken}`).digest("base64url");
}

/** What the database keeps. */
export const hashRefreshToken = (refreshToken: string) => createHash("sha256").update(refreshToken).digest("hex");
