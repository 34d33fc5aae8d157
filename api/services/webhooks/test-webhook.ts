import { WEBHOOK_TEST_EVENT } from "../../../protocol/codes.ts";
import type { WebhookDelivery } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { validationError } from "../../errors.ts";
import type { ServiceContext } from "../context.ts";
import { findWebhook } from "./find-webhook.ts";
import { DELIVERY_COLUMNS, toDelivery } from "./to-webhook.ts";

/** An event that says nothing, to see whether it arrives. Throws NOT_FOUND, VALIDATION_ERROR (switched off). */
export async function testWebhook(ctx: ServiceContext<UserActor>, input: { id: string }): Promise<WebhookDelivery> {
  return await ctx.db.as(ctx.actor, async (trx) => {
    const endpoint = await findWebhook(trx, input.id);
    requireActive(endpoint);
    const row = await trx
      .insertInto("webhook_deliveries")
      .values({ endpoint_id: endpoint.id, client_id: endpoint.client_id, type: WEBHOOK_TEST_EVENT, data: "{}" })
      .returning(DELIVERY_COLUMNS)
      .executeTakeFirstOrThrow();
    return toDelivery(row);
  });
}

/** Nothing is sent to what is switched off. Throws VALIDATION_ERROR. */
export function requireActive(endpoint: { is_active: boolean }): void {
  if (!endpoint.is_active) throw validationError([{ path: ["is_active"], message: "Switch the webhook on first." }]);
}
