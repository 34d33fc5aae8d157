import { sql } from "kysely";
import type { Trx } from "../../db/database.ts";

/** Revokes a person's sign-ins, all of them or but one. Returns which. After the commit call `recheckAccess`. */
export async function endSessions(trx: Trx, userId: string, exceptSessionId?: string): Promise<string[]> {
  const rows = await trx
    .updateTable("auth.sessions")
    .set({ revoked_at: sql`now()` })
    .where("user_id", "=", userId)
    .where("revoked_at", "is", null)
    .$if(exceptSessionId !== undefined, (query) => query.where("id", "<>", exceptSessionId!))
    .returning("id")
    .execute();
  return rows.map((row) => row.id);
}
