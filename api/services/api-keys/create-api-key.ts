import type { z } from "zod";
import type { apiKeyCreateBody } from "../../../protocol/requests.ts";
import type { NewApiKey } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { apiKeyPrefix, generateApiKey, hashApiKey } from "../../lib/api-key.ts";
import { noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { requireAdministrator } from "../require-administrator.ts";
import { requireClient } from "../users/require-client.ts";
import { API_KEY_COLUMNS, toApiKey } from "./to-api-key.ts";

/** For administrators. The key itself is in this answer and nowhere else. Throws FORBIDDEN, VALIDATION_ERROR (unknown company). */
export async function createApiKey(ctx: ServiceContext<UserActor>, input: z.output<typeof apiKeyCreateBody>): Promise<NewApiKey> {
  requireAdministrator(ctx.actor);
  const key = generateApiKey();
  const row = await ctx.db.as(ctx.actor, async (trx) => {
    if (input.client_id !== null) await requireClient(trx, "client", input.client_id);
    const made = await trx
      .insertInto("api_keys")
      .values({
        name: input.name,
        client_id: input.client_id,
        prefix: apiKeyPrefix(key),
        key_hash: hashApiKey(key),
        scopes: input.scopes,
        created_by: ctx.actor.user_id,
        expires_at: input.expires_at ?? null,
      })
      .returning(API_KEY_COLUMNS)
      .executeTakeFirstOrThrow();
    await noteChange(trx, ctx.actor, { action: "api_key.created", object: made, client_id: made.client_id });
    return made;
  });
  ctx.log.info({ api_key_id: row.id, user_id: ctx.actor.user_id }, "API key made");
  return { ...toApiKey(row), key };
}
