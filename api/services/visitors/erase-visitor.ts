import { SYSTEM, type UserActor, type VisitorActor } from "../../db/actor.ts";
import type { Trx } from "../../db/database.ts";
import { sessionEnded } from "../../errors.ts";
import { noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { tellErased } from "./tell-erased.ts";
import { visitorNotFound } from "./visitor-not-found.ts";

/**
 * The visitor, all of their conversations and everything in and beside them is deleted; their sockets close. Throws NOT_FOUND.
 */
export async function eraseVisitor(ctx: ServiceContext<UserActor>, input: { visitor_id: string }): Promise<void> {
  const seen = await ctx.db.as(ctx.actor, (trx) =>
    trx.selectFrom("visitors").select(["id", "client_id"]).where("id", "=", input.visitor_id).executeTakeFirst(),
  );
  const note = (trx: Trx) =>
    noteChange(trx, ctx.actor, { action: "visitor.erased", object: { id: seen!.id, name: null }, client_id: seen!.client_id });
  if (!seen || !(await erase(ctx, seen.id, note))) throw visitorNotFound();
}

/** The same at the visitor's own wish. Throws AUTH_ERROR when they were erased before. */
export async function eraseOwnVisitor(ctx: ServiceContext<VisitorActor>): Promise<void> {
  if (!(await erase(ctx, ctx.actor.visitor_id))) throw sessionEnded();
}

/** False: somebody was faster. */
async function erase(ctx: Pick<ServiceContext, "db" | "bus">, id: string, note?: (trx: Trx) => Promise<void>): Promise<boolean> {
  const gone = await ctx.db.as(SYSTEM, async (trx) => {
    const conversations = await trx
      .selectFrom("conversations")
      .select(["id", "client_id"])
      .where("visitor_id", "=", id)
      .forUpdate()
      .execute();
    const visitors = await trx.deleteFrom("visitors").where("id", "=", id).returning("id").execute();
    if (visitors.length > 0) await note?.(trx);
    return { conversations, visitors };
  });
  tellErased(ctx, gone);
  return gone.visitors.length > 0;
}
