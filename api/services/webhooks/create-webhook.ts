import { randomUUID } from "node:crypto";
import type { z } from "zod";
import type { webhookCreateBody } from "../../../protocol/requests.ts";
import type { NewWebhook } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { clientOf } from "../agents/client-of.ts";
import type { ServiceContext } from "../context.ts";
import { noteWebhook } from "./note-webhook.ts";
import { newEndpointSecret } from "./endpoint-secret.ts";
import { requireDeliverable, toWebhook } from "./to-webhook.ts";

/** The secret is in this answer and nowhere else. Throws VALIDATION_ERROR, FORBIDDEN. */
export async function createWebhook(
  ctx: ServiceContext<UserActor>,
  input: z.output<typeof webhookCreateBody>,
): Promise<NewWebhook> {
  requireDeliverable(input.url, ctx.config);
  const id = randomUUID();
  const secret = newEndpointSecret(ctx.config, id);
  const row = await ctx.db.as(ctx.actor, async (trx) => {
    const made = await trx
      .insertInto("webhook_endpoints")
      .values({
        id,
        client_id: await clientOf(trx, ctx.actor, input.client_id),
        url: input.url,
        events: input.events,
        secret: secret.kept,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await noteWebhook(trx, ctx.actor, "webhook.created", made);
    return made;
  });
  return { ...toWebhook(row), secret: secret.shown };
}
