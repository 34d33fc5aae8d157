import { createHmac, randomBytes } from "node:crypto";

/** Standard Webhooks, https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */

const SECRET_PREFIX = "whsec_";

/** `whsec_` and 32 random bytes in base64. */
export function generateWebhookSecret(): string {
  return SECRET_PREFIX + randomBytes(32).toString("base64");
}

/**
 * The three headers of a delivery. `at` in Unix seconds: receivers refuse what is older than some minutes. One signature for
 * each secret, separated by spaces: a receiver that knows any of them takes it.
 */
export function webhookHeaders(
  secrets: readonly string[],
  message: { id: string; at: number; body: string },
): Record<string, string> {
  const sign = (secret: string) =>
    createHmac("sha256", Buffer.from(secret.slice(SECRET_PREFIX.length), "base64"))
      .update(`${message.id}.${message.at}.${message.body}`)
      .digest("base64");
  return {
    "webhook-id": message.id,
    "webhook-timestamp": String(message.at),
    "webhook-signature": secrets.map((secret) => `v1,${sign(secret)}`).join(" "),
  };
}
