import type { z } from "zod";
import type { auditLogQuery } from "../../../protocol/requests.ts";
import type { AuditEntry, Page } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { exactTime, isAfterKeyset, keysetSchema, type Keyset } from "../../db/keyset.ts";
import { decodeCursor, toPage } from "../../lib/cursor.ts";
import type { ServiceContext } from "../context.ts";
import { requireAdministrator } from "../require-administrator.ts";

/** For administrators: who changed what, newest first. Throws FORBIDDEN, VALIDATION_ERROR for a foreign cursor. */
export async function listChanges(
  ctx: ServiceContext<UserActor>,
  input: z.output<typeof auditLogQuery>,
): Promise<Page<AuditEntry>> {
  requireAdministrator(ctx.actor);
  const after = input.cursor === undefined ? null : decodeCursor(input.cursor, keysetSchema);
  const { action, actor_id, object_id } = input;
  const rows = await ctx.db.as(ctx.actor, (trx) =>
    trx
      .selectFrom("audit_log")
      .selectAll()
      .select(exactTime("created_at").as("exact_time"))
      .$if(action !== undefined, (query) => query.where("action", "=", action!))
      .$if(actor_id !== undefined, (query) => query.where("actor_id", "=", actor_id!))
      .$if(object_id !== undefined, (query) => query.where("object_id", "=", object_id!))
      .$if(after !== null, (query) => query.where(isAfterKeyset("created_at", after!)))
      .orderBy("created_at", "desc")
      .orderBy("id", "desc")
      .limit(input.limit + 1)
      .execute(),
  );
  return toPage(
    rows,
    input.limit,
    (last): Keyset => [last.exact_time, last.id],
    ({ exact_time: _, ...row }) => row as AuditEntry,
  );
}
