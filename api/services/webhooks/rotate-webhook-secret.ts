import { sql } from "kysely";
import { WEBHOOK_FORMER_SECRET_HOURS } from "../../../protocol/codes.ts";
import type { NewWebhook } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { newEndpointSecret } from "./endpoint-secret.ts";
import { findWebhook } from "./find-webhook.ts";
import { noteWebhook } from "./note-webhook.ts";
import { toWebhook } from "./to-webhook.ts";

/**
 * A new secret, told in this answer alone. Deliveries are signed with the former one as well for a day; one that was former
 * already signs no more. Throws NOT_FOUND.
 */
export async function rotateWebhookSecret(ctx: ServiceContext<UserActor>, input: { id: string }): Promise<NewWebhook> {
  return await ctx.db.as(ctx.actor, async (trx) => {
    const { id } = await findWebhook(trx, input.id);
    const secret = newEndpointSecret(ctx.config, id);
    const row = await trx
      .updateTable("webhook_endpoints")
      .set({
        secret: secret.kept,
        // The column, not what was read: of two who rotate at once the second keeps the first one's.
        former_secret: sql.ref("secret"),
        former_secret_until: sql`now() + make_interval(hours => ${WEBHOOK_FORMER_SECRET_HOURS}::integer)`,
      })
      .where("id", "=", id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await noteWebhook(trx, ctx.actor, "webhook.secret_rotated", row);
    return { ...toWebhook(row), secret: secret.shown };
  });
}
