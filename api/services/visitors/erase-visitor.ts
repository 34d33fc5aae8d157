import { SYSTEM, type UserActor, type VisitorActor } from "../../db/actor.ts";
import { sessionEnded } from "../../errors.ts";
import type { ServiceContext } from "../context.ts";
import { tellErased } from "./tell-erased.ts";
import { visitorNotFound } from "./visitor-not-found.ts";

/**
 * The visitor, all of their conversations and everything in and beside them is deleted; their sockets close. Throws NOT_FOUND.
 */
export async function eraseVisitor(ctx: ServiceContext<UserActor>, input: { visitor_id: string }): Promise<void> {
  const seen = await ctx.db.as(ctx.actor, (trx) =>
    trx.selectFrom("visitors").select("id").where("id", "=", input.visitor_id).executeTakeFirst(),
  );
  if (!seen || !(await erase(ctx, seen.id))) throw visitorNotFound();
}

/** The same at the visitor's own wish. Throws AUTH_ERROR when they were erased before. */
export async function eraseOwnVisitor(ctx: ServiceContext<VisitorActor>): Promise<void> {
  if (!(await erase(ctx, ctx.actor.visitor_id))) throw sessionEnded();
}

/** False: somebody was faster. */
async function erase(ctx: Pick<ServiceContext, "db" | "bus">, id: string): Promise<boolean> {
  const gone = await ctx.db.as(SYSTEM, async (trx) => {
    const conversations = await trx
      .selectFrom("conversations")
      .select(["id", "client_id"])
      .where("visitor_id", "=", id)
      .forUpdate()
      .execute();
    const visitors = await trx.deleteFrom("visitors").where("id", "=", id).returning("id").execute();
    return { conversations, visitors };
  });
  tellErased(ctx, gone);
  return gone.visitors.length > 0;
}
