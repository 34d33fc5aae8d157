import type { UserActor } from "../../db/actor.ts";
import { isUuid } from "../../lib/ids.ts";
import { recheckAccess, type AuthContext } from "../auth/auth-state.ts";
import { noteChange } from "../audit/note-change.ts";
import { requireAdministrator } from "../require-administrator.ts";
import { clientNotFound } from "./to-client.ts";

/** For administrators. Its agents, conversations and API keys go with it; its people stay, without a company. Throws NOT_FOUND, FORBIDDEN. */
export async function deleteClient(ctx: AuthContext<UserActor>, input: { id: string }): Promise<void> {
  requireAdministrator(ctx.actor);
  if (!isUuid(input.id)) throw clientNotFound();
  const subjects = await ctx.db.as(ctx.actor, async (trx) => {
    const client = await trx
      .selectFrom("clients")
      .select(["id", "name"])
      .where("id", "=", input.id)
      .forUpdate()
      .executeTakeFirst();
    if (!client) throw clientNotFound();
    const people = await trx.selectFrom("profiles").select("id").where("client_id", "=", input.id).execute();
    const keys = await trx.selectFrom("api_keys").select("id").where("client_id", "=", input.id).execute();
    await trx.deleteFrom("clients").where("id", "=", input.id).execute();
    await noteChange(trx, ctx.actor, { action: "client.deleted", object: client, client_id: client.id });
    return [...people, ...keys];
  });
  ctx.bus.publish({ topic: "registry", agent_id: null });
  for (const { id } of subjects) recheckAccess(ctx, id, null);
}
