import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { findWebhook } from "./find-webhook.ts";
import { noteWebhook } from "./note-webhook.ts";

/** What waited for it is not delivered any more. Throws NOT_FOUND. */
export async function deleteWebhook(ctx: ServiceContext<UserActor>, input: { id: string }): Promise<void> {
  await ctx.db.as(ctx.actor, async (trx) => {
    const webhook = await findWebhook(trx, input.id);
    const gone = await trx.deleteFrom("webhook_endpoints").where("id", "=", webhook.id).returning("id").executeTakeFirst();
    if (gone) await noteWebhook(trx, ctx.actor, "webhook.deleted", webhook);
  });
}
