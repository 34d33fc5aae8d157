import type { Webhook } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { findWebhook } from "./find-webhook.ts";
import { toWebhook } from "./to-webhook.ts";

/** Throws NOT_FOUND. */
export async function getWebhook(ctx: ServiceContext<UserActor>, input: { id: string }): Promise<Webhook> {
  return toWebhook(await ctx.db.as(ctx.actor, (trx) => findWebhook(trx, input.id)));
}
