import type { z } from "zod";
import type { listQuery } from "../../../protocol/requests.ts";
import type { Page, WebhookDelivery } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { exactTime, isAfterKeyset, keysetSchema, type Keyset } from "../../db/keyset.ts";
import { decodeCursor, toPage } from "../../lib/cursor.ts";
import type { ServiceContext } from "../context.ts";
import { findWebhook } from "./find-webhook.ts";
import { DELIVERY_COLUMNS, toDelivery } from "./to-webhook.ts";

/** Newest first. Throws NOT_FOUND, VALIDATION_ERROR for a foreign cursor. */
export async function listDeliveries(
  ctx: ServiceContext<UserActor>,
  input: z.output<typeof listQuery> & { id: string },
): Promise<Page<WebhookDelivery>> {
  const after = input.cursor === undefined ? null : decodeCursor(input.cursor, keysetSchema);
  const rows = await ctx.db.as(ctx.actor, async (trx) => {
    const { id } = await findWebhook(trx, input.id);
    return await trx
      .selectFrom("webhook_deliveries")
      .select(DELIVERY_COLUMNS)
      .select(exactTime("created_at").as("exact_time"))
      .where("endpoint_id", "=", id)
      .$if(after !== null, (query) => query.where(isAfterKeyset("created_at", after!)))
      .orderBy("created_at", "desc")
      .orderBy("id", "desc")
      .limit(input.limit + 1)
      .execute();
  });
  return toPage(rows, input.limit, (last): Keyset => [last.exact_time, last.id], toDelivery);
}
