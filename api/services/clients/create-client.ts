import type { z } from "zod";
import type { clientBody } from "../../../protocol/requests.ts";
import type { Client } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { requireAdministrator } from "../require-administrator.ts";
import { toClient } from "./to-client.ts";

/** For administrators. Names may repeat: people tell companies apart by more than that. Throws FORBIDDEN. */
export async function createClient(ctx: ServiceContext<UserActor>, input: z.output<typeof clientBody>): Promise<Client> {
  requireAdministrator(ctx.actor);
  return toClient(
    await ctx.db.as(ctx.actor, async (trx) => {
      const row = await trx.insertInto("clients").values({ name: input.name }).returningAll().executeTakeFirstOrThrow();
      await noteChange(trx, ctx.actor, { action: "client.created", object: row, client_id: row.id });
      return row;
    }),
  );
}
