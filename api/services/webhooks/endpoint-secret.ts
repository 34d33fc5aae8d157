import { generateWebhookSecret } from "../../lib/standard-webhooks.ts";

/** A new secret: to be shown once, and as the database keeps it. */
export function newEndpointSecret(): { shown: string; kept: string } {
  const shown = generateWebhookSecret();
  return { shown, kept: shown };
}

/** What `newEndpointSecret` has shown. */
export function openEndpointSecret(kept: string): string {
  return kept;
}
