import type { z } from "zod";
import type { webhookUpdateBody } from "../../../protocol/requests.ts";
import type { Webhook } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { changedFields } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { findWebhook } from "./find-webhook.ts";
import { noteWebhook } from "./note-webhook.ts";
import { requireDeliverable, toWebhook } from "./to-webhook.ts";

/** Switched on, it begins with a clean record, and what waited for it is delivered. Throws NOT_FOUND, VALIDATION_ERROR. */
export async function updateWebhook(
  ctx: ServiceContext<UserActor>,
  { id, ...changes }: z.output<typeof webhookUpdateBody> & { id: string },
): Promise<Webhook> {
  const row = await ctx.db.as(ctx.actor, async (trx) => {
    const before = await findWebhook(trx, id);
    if (changes.url !== undefined) requireDeliverable(changes.url, ctx.config);
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    const all = { ...given, ...(changes.is_active === true ? { disabled_reason: null, failing_since: null } : {}) };
    if (Object.keys(all).length === 0) return before;
    const after = await trx
      .updateTable("webhook_endpoints")
      .set(all)
      .where("id", "=", before.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    // What the server keeps about its own tries is nobody's change.
    await noteWebhook(trx, ctx.actor, "webhook.changed", after, changedFields(before, { ...before, ...given }));
    return after;
  });
  return toWebhook(row);
}
