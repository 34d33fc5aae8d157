import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const PREFIX = "sealed:";
const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** What was sealed cannot be opened: with another `JWT_SECRET`, for another purpose, or changed since. Holds nothing of it. */
export class SealError extends Error {
  override name = "SealError";
}

/**
 * Text as the database keeps it: `sealed:` and base64url of version byte, nonce (12 bytes), ciphertext and tag (16 bytes),
 * AES-256-GCM (NIST SP 800-38D). Its key is derived from the server's secret and `purpose` by HKDF-SHA-256 (RFC 5869), so
 * that what stands in one place is of no use in another: a purpose names the kind of secret and whose it is.
 */
export function seal(jwtSecret: string, purpose: string, text: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyOf(jwtSecret, purpose), iv);
  cipher.setAAD(Buffer.of(VERSION));
  const sealed = [Buffer.of(VERSION), iv, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()];
  return PREFIX + Buffer.concat(sealed).toString("base64url");
}

/** What `seal` was given. Text that was never sealed, from before there were seals, is returned as it is. Throws SealError. */
export function open(jwtSecret: string, purpose: string, stored: string): string {
  if (!isSealed(stored)) return stored;
  const bytes = Buffer.from(stored.slice(PREFIX.length), "base64url");
  const [version] = bytes;
  if (version !== VERSION || bytes.length < 1 + IV_BYTES + TAG_BYTES) throw new SealError("A sealed value has an unknown form.");
  const decipher = createDecipheriv("aes-256-gcm", keyOf(jwtSecret, purpose), bytes.subarray(1, 1 + IV_BYTES));
  decipher.setAAD(bytes.subarray(0, 1));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(1 + IV_BYTES, -TAG_BYTES)), decipher.final()]).toString("utf8");
  } catch {
    throw new SealError("A sealed value cannot be opened: it was sealed with another JWT_SECRET, or changed.");
  }
}

export const isSealed = (stored: string): boolean => stored.startsWith(PREFIX);

function keyOf(jwtSecret: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", jwtSecret, "", `renus sealed v${VERSION} ${purpose}`, 32));
}
