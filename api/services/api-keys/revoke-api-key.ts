import type { UserActor } from "../../db/actor.ts";
import { isUuid } from "../../lib/ids.ts";
import { noteChange } from "../audit/note-change.ts";
import { recheckAccess, type AuthContext } from "../auth/auth-state.ts";
import { requireAdministrator } from "../require-administrator.ts";
import { apiKeyNotFound } from "./to-api-key.ts";

/** For administrators. From now on the key opens nothing, on any node. Throws NOT_FOUND, FORBIDDEN. */
export async function revokeApiKey(ctx: AuthContext<UserActor>, input: { id: string }): Promise<void> {
  requireAdministrator(ctx.actor);
  if (!isUuid(input.id)) throw apiKeyNotFound();
  const row = await ctx.db.as(ctx.actor, async (trx) => {
    const key = await trx
      .deleteFrom("api_keys")
      .where("id", "=", input.id)
      .returning(["id", "name", "client_id"])
      .executeTakeFirst();
    if (!key) throw apiKeyNotFound();
    await noteChange(trx, ctx.actor, { action: "api_key.revoked", object: key, client_id: key.client_id });
    return key;
  });
  recheckAccess(ctx, row.id, null);
  ctx.log.info({ api_key_id: row.id, user_id: ctx.actor.user_id }, "API key revoked");
}
