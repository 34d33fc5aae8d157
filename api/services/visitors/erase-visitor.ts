import { SYSTEM, type UserActor } from "../../db/actor.ts";
import { AppError } from "../../errors.ts";
import type { ServiceContext } from "../context.ts";
import { tellErased } from "./tell-erased.ts";

export const visitorNotFound = () => new AppError("NOT_FOUND", "This visitor does not exist, or you may not see them.");

/**
 * The visitor, all of their conversations and everything in and beside them is deleted; their sockets close. Throws NOT_FOUND.
 */
export async function eraseVisitor(ctx: ServiceContext<UserActor>, input: { visitor_id: string }): Promise<void> {
  const { visitor_id } = input;
  const seen = await ctx.db.as(ctx.actor, (trx) =>
    trx.selectFrom("visitors").select("id").where("id", "=", visitor_id).executeTakeFirst(),
  );
  if (!seen) throw visitorNotFound();
  const conversations = await ctx.db.as(SYSTEM, async (trx) => {
    const rows = await trx
      .selectFrom("conversations")
      .select(["id", "client_id"])
      .where("visitor_id", "=", visitor_id)
      .forUpdate()
      .execute();
    await trx.deleteFrom("visitors").where("id", "=", visitor_id).execute();
    return rows;
  });
  tellErased(ctx, { visitors: [seen], conversations });
}
