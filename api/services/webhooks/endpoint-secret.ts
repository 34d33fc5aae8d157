import type { Config } from "../../config.ts";
import { open, seal } from "../../lib/sealed.ts";
import { generateWebhookSecret } from "../../lib/standard-webhooks.ts";

const purposeOf = (endpointId: string) => `webhook secret of ${endpointId}`;

/** A new secret: to be shown once, and as the database keeps it. */
export function newEndpointSecret(config: Pick<Config, "jwtSecret">, endpointId: string): { shown: string; kept: string } {
  const shown = generateWebhookSecret();
  return { shown, kept: seal(config.jwtSecret, purposeOf(endpointId), shown) };
}

/** What `newEndpointSecret` has shown. Throws SealError. */
export function openEndpointSecret(config: Pick<Config, "jwtSecret">, endpointId: string, kept: string): string {
  return open(config.jwtSecret, purposeOf(endpointId), kept);
}
