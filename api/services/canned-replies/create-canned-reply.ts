import type { z } from "zod";
import type { cannedReplyCreateBody } from "../../../protocol/requests.ts";
import type { CannedReply } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { clientOf } from "../agents/client-of.ts";
import { noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { refuseTakenShortcut } from "./refuse-taken-shortcut.ts";

/** Throws FORBIDDEN, VALIDATION_ERROR for a shortcut that the company has already. */
export async function createCannedReply(
  ctx: ServiceContext<UserActor>,
  input: z.output<typeof cannedReplyCreateBody>,
): Promise<CannedReply> {
  return await refuseTakenShortcut(() =>
    ctx.db.as(ctx.actor, async (trx) => {
      const made = await trx
        .insertInto("canned_replies")
        .values({
          client_id: await clientOf(trx, ctx.actor, input.client_id),
          shortcut: input.shortcut,
          content: input.content.toWellFormed(),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      const object = { id: made.id, name: made.shortcut };
      await noteChange(trx, ctx.actor, { action: "canned_reply.created", object, client_id: made.client_id });
      return made;
    }),
  );
}
