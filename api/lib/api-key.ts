import { createHash, randomBytes } from "node:crypto";

const PREFIX = "rns_";
const SHAPE = /^rns_[\w-]{43}$/;
const PREFIX_CHARS_SHOWN = 10;

/** 256 random bits, as `rns_` and 43 characters of base64url. */
export function generateApiKey(): string {
  return PREFIX + randomBytes(32).toString("base64url");
}

export function isApiKey(token: string): boolean {
  return SHAPE.test(token);
}

/** SHA-256 in hex. Nobody can guess 256 random bits, so that nothing slower is needed. */
export function hashApiKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** How the key begins, to tell keys apart. */
export function apiKeyPrefix(key: string): string {
  return key.slice(0, PREFIX_CHARS_SHOWN);
}
