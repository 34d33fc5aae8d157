import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { cannedReplyNotFound } from "./update-canned-reply.ts";

/** Throws NOT_FOUND. */
export async function deleteCannedReply(ctx: ServiceContext<UserActor>, input: { id: string }): Promise<void> {
  const row = await ctx.db.as(ctx.actor, (trx) =>
    trx.deleteFrom("canned_replies").where("id", "=", input.id).returning("id").executeTakeFirst(),
  );
  if (!row) throw cannedReplyNotFound();
}
