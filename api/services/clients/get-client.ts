import type { Client } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { isUuid } from "../../lib/ids.ts";
import type { ServiceContext } from "../context.ts";
import { clientNotFound, toClient } from "./to-client.ts";

/** Throws NOT_FOUND. */
export async function getClient(ctx: ServiceContext<UserActor>, input: { id: string }): Promise<Client> {
  if (!isUuid(input.id)) throw clientNotFound();
  const row = await ctx.db.as(ctx.actor, (trx) =>
    trx.selectFrom("clients").selectAll().where("id", "=", input.id).executeTakeFirst(),
  );
  if (!row) throw clientNotFound();
  return toClient(row);
}
