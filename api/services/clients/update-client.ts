import { sql } from "kysely";
import type { Client } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { isUuid } from "../../lib/ids.ts";
import { changedFields, noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { requireAdministrator } from "../require-administrator.ts";
import { clientNotFound, toClient } from "./to-client.ts";

/** For administrators. Throws NOT_FOUND, FORBIDDEN. */
export async function updateClient(
  ctx: ServiceContext<UserActor>,
  input: { id: string; name?: string | undefined },
): Promise<Client> {
  requireAdministrator(ctx.actor);
  if (!isUuid(input.id)) throw clientNotFound();
  const row = await ctx.db.as(ctx.actor, async (trx) => {
    const before = await trx.selectFrom("clients").selectAll().where("id", "=", input.id).forUpdate().executeTakeFirst();
    if (!before) throw clientNotFound();
    const after = await trx
      .updateTable("clients")
      .set({ updated_at: sql`now()`, ...(input.name === undefined ? {} : { name: input.name }) })
      .where("id", "=", input.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    const fields = changedFields(before, after);
    await noteChange(trx, ctx.actor, { action: "client.changed", object: after, client_id: after.id, fields });
    return after;
  });
  return toClient(row);
}
