import type { Selectable } from "kysely";
import { WEBHOOK_EVENTS } from "../../../protocol/codes.ts";
import type { Webhook, WebhookDelivery } from "../../../protocol/resources.ts";
import type { Config } from "../../config.ts";
import type { WebhookDeliveriesTable, WebhookEndpointsTable } from "../../db/types.ts";
import { AppError, validationError } from "../../errors.ts";
import { isLoopbackUrl, refusalOf } from "../../lib/outgoing.ts";

export const webhookNotFound = () => new AppError("NOT_FOUND", "This webhook does not exist, or you may not see it.");
export const deliveryNotFound = () => new AppError("NOT_FOUND", "This delivery does not exist, or you may not see it.");

/** Never the secret. */
export function toWebhook(row: Selectable<WebhookEndpointsTable>): Webhook {
  return {
    id: row.id,
    client_id: row.client_id,
    url: row.url,
    events: WEBHOOK_EVENTS.filter((event) => row.events.includes(event)),
    is_active: row.is_active,
    disabled_reason: row.disabled_reason as Webhook["disabled_reason"],
    failing_since: row.failing_since,
    former_secret_until: isAhead(row.former_secret_until) ? row.former_secret_until : null,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

const isAhead = (time: string | null) => time !== null && Date.parse(time) > Date.now();

export const DELIVERY_COLUMNS = [
  "id",
  "type",
  "status",
  "attempts",
  "next_attempt_at",
  "response_status",
  "error",
  "created_at",
  "delivered_at",
] as const;
export function toDelivery(row: Pick<Selectable<WebhookDeliveriesTable>, (typeof DELIVERY_COLUMNS)[number]>): WebhookDelivery {
  const status = row.status as WebhookDelivery["status"];
  return {
    id: row.id,
    type: row.type,
    status,
    attempts: row.attempts,
    next_attempt_at: status === "pending" ? row.next_attempt_at : null,
    response_status: row.response_status,
    error: row.error,
    created_at: row.created_at,
    delivered_at: row.delivered_at,
  };
}

/** Throws VALIDATION_ERROR for an address that nothing will be sent to. */
export function requireDeliverable(url: string, config: Pick<Config, "publicUrl">): void {
  const refusal = refusalOf(url, isLoopbackUrl(config.publicUrl));
  if (refusal) throw validationError([{ path: ["url"], message: refusal }]);
}
