import { createHmac } from "node:crypto";

/** The same for all nodes that share a secret, and nobody else's: whether an address leads to this installation. 16 characters. */
export function installationId(jwtSecret: string): string {
  return createHmac("sha256", jwtSecret).update("renus installation").digest("base64url").slice(0, 16);
}
