import type { z } from "zod";
import type { listQuery } from "../../../protocol/requests.ts";
import type { Page, Webhook } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { exactTime, isAfterKeyset, keysetSchema, type Keyset } from "../../db/keyset.ts";
import { decodeCursor, toPage } from "../../lib/cursor.ts";
import type { ServiceContext } from "../context.ts";
import { toWebhook } from "./to-webhook.ts";

/** Newest first. Throws VALIDATION_ERROR for a foreign cursor. */
export async function listWebhooks(ctx: ServiceContext<UserActor>, input: z.output<typeof listQuery>): Promise<Page<Webhook>> {
  const after = input.cursor === undefined ? null : decodeCursor(input.cursor, keysetSchema);
  const rows = await ctx.db.as(ctx.actor, (trx) =>
    trx
      .selectFrom("webhook_endpoints")
      .selectAll()
      .select(exactTime("created_at").as("exact_time"))
      .$if(after !== null, (query) => query.where(isAfterKeyset("created_at", after!)))
      .orderBy("created_at", "desc")
      .orderBy("id", "desc")
      .limit(input.limit + 1)
      .execute(),
  );
  return toPage(rows, input.limit, (last): Keyset => [last.exact_time, last.id], toWebhook);
}
