import type { Selectable } from "kysely";
import type { Trx } from "../../db/database.ts";
import type { WebhookEndpointsTable } from "../../db/types.ts";
import { isUuid } from "../../lib/ids.ts";
import { webhookNotFound } from "./to-webhook.ts";

/** As far as the transaction's actor may see it. Throws NOT_FOUND. */
export async function findWebhook(trx: Trx, id: string): Promise<Selectable<WebhookEndpointsTable>> {
  const row = isUuid(id)
    ? await trx.selectFrom("webhook_endpoints").selectAll().where("id", "=", id).executeTakeFirst()
    : undefined;
  if (!row) throw webhookNotFound();
  return row;
}
