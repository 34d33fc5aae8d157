import type { UserActor } from "../../db/actor.ts";
import { noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { cannedReplyNotFound } from "./update-canned-reply.ts";

/** Throws NOT_FOUND. */
export async function deleteCannedReply(ctx: ServiceContext<UserActor>, input: { id: string }): Promise<void> {
  await ctx.db.as(ctx.actor, async (trx) => {
    const row = await trx
      .deleteFrom("canned_replies")
      .where("id", "=", input.id)
      .returning(["id", "shortcut", "client_id"])
      .executeTakeFirst();
    if (!row) throw cannedReplyNotFound();
    const object = { id: row.id, name: row.shortcut };
    await noteChange(trx, ctx.actor, { action: "canned_reply.deleted", object, client_id: row.client_id });
  });
}
