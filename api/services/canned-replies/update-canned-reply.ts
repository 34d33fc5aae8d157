import type { z } from "zod";
import type { cannedReplyUpdateBody } from "../../../protocol/requests.ts";
import type { CannedReply } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { AppError } from "../../errors.ts";
import { changedFields, noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { refuseTakenShortcut } from "./refuse-taken-shortcut.ts";

export const cannedReplyNotFound = () => new AppError("NOT_FOUND", "This canned reply does not exist, or you may not see it.");

/** Throws NOT_FOUND, VALIDATION_ERROR for a shortcut that the company has already. */
export async function updateCannedReply(
  ctx: ServiceContext<UserActor>,
  { id, ...changes }: z.output<typeof cannedReplyUpdateBody> & { id: string },
): Promise<CannedReply> {
  return await refuseTakenShortcut(() =>
    ctx.db.as(ctx.actor, async (trx) => {
      const before = await trx.selectFrom("canned_replies").selectAll().where("id", "=", id).executeTakeFirst();
      if (!before) throw cannedReplyNotFound();
      if (Object.keys(changes).length === 0) return before;
      const after = await trx.updateTable("canned_replies").set(changes).where("id", "=", id).returningAll().executeTakeFirst();
      if (!after) throw cannedReplyNotFound();
      await noteChange(trx, ctx.actor, {
        action: "canned_reply.changed",
        object: { id, name: after.shortcut },
        client_id: after.client_id,
        fields: changedFields(before, after),
      });
      return after;
    }),
  );
}
