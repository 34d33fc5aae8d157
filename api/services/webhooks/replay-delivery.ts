import { sql } from "kysely";
import type { WebhookDelivery } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { isUuid } from "../../lib/ids.ts";
import type { ServiceContext } from "../context.ts";
import { findWebhook } from "./find-webhook.ts";
import { requireActive } from "./test-webhook.ts";
import { DELIVERY_COLUMNS, deliveryNotFound, toDelivery } from "./to-webhook.ts";

/** The same message with the same id once more, with all attempts before it. Throws NOT_FOUND, VALIDATION_ERROR (switched off). */
export async function replayDelivery(
  ctx: ServiceContext<UserActor>,
  input: { id: string; delivery_id: string },
): Promise<WebhookDelivery> {
  return await ctx.db.as(ctx.actor, async (trx) => {
    const endpoint = await findWebhook(trx, input.id);
    if (!isUuid(input.delivery_id)) throw deliveryNotFound();
    requireActive(endpoint);
    const row = await trx
      .updateTable("webhook_deliveries")
      .set({ status: "pending", attempts: 0, next_attempt_at: sql`now()` })
      .where("id", "=", input.delivery_id)
      .where("endpoint_id", "=", endpoint.id)
      .returning(DELIVERY_COLUMNS)
      .executeTakeFirst();
    if (!row) throw deliveryNotFound();
    return toDelivery(row);
  });
}
