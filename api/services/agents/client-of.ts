import type { UserActor } from "../../db/actor.ts";
import type { Trx } from "../../db/database.ts";
import { forbidden, validationError } from "../../errors.ts";

/**
 * The company a new agent belongs to: a client's own, whatever they ask for; an administrator's choice, or else the oldest.
 * Throws FORBIDDEN, VALIDATION_ERROR.
 */
export async function clientOf(trx: Trx, actor: UserActor, wished: string | undefined): Promise<string> {
  if (actor.role !== "admin") {
    if (!actor.client_id) throw forbidden("Your account belongs to no company yet. Ask an administrator to add it to one.");
    return actor.client_id;
  }
  const row = await trx
    .selectFrom("clients")
    .select("id")
    .$if(wished !== undefined, (query) => query.where("id", "=", wished ?? null))
    .orderBy("created_at")
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  if (row) return row.id;
  throw validationError([{ path: ["client_id"], message: wished ? "There is no such client." : "Create a client first." }]);
}
