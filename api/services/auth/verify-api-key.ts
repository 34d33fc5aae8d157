import { sql } from "kysely";
import { SYSTEM, type UserActor } from "../../db/actor.ts";
import type { Deps } from "../../deps.ts";
import { authError } from "../../errors.ts";
import { hashApiKey } from "../../lib/api-key.ts";
import { toScopes } from "../api-keys/to-api-key.ts";

/** When a key was last used is written at most so often. */
const USE_NOTED_EVERY = "1 minute";

/** What the key may do at this moment; a key is an actor of its own, named as its maker named it. Throws AUTH_ERROR. */
export async function verifyApiKey(deps: Deps, key: string): Promise<UserActor> {
  const hash = hashApiKey(key);
  // Remembered by its hash: the key itself stays nowhere.
  const known = deps.auth.tokens.get(hash);
  if (known) return known.actor;
  const keep = deps.auth.tokens.learning();
  const row = await deps.db.as(SYSTEM, async (trx) => {
    const found = await trx
      .selectFrom("api_keys")
      .select(["id", "client_id", "name", "scopes", "expires_at"])
      .select(sql<boolean>`coalesce(last_used_at < now() - ${USE_NOTED_EVERY}::interval, true)`.as("is_use_due"))
      .where("key_hash", "=", hash)
      .where((is) => is.or([is("expires_at", "is", null), is("expires_at", ">", sql<string>`now()`)]))
      .executeTakeFirst();
    if (found?.is_use_due) {
      await trx
        .updateTable("api_keys")
        .set({ last_used_at: sql`now()` })
        .where("id", "=", found.id)
        .execute();
    }
    return found;
  });
  if (!row) throw authError("This API key is wrong, expired or revoked.");
  const actor: UserActor = {
    kind: "user",
    user_id: row.id,
    role: row.client_id === null ? "admin" : "client",
    client_id: row.client_id,
    email: "",
    name: row.name,
    session_id: null,
    scopes: toScopes(row.scopes),
  };
  keep(hash, { actor, expires_at: row.expires_at === null ? Infinity : Date.parse(row.expires_at) / 1000 });
  return actor;
}
