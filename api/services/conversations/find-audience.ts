import type { Actor } from "../../db/actor.ts";
import { conversationNotFound } from "../../errors.ts";
import type { ServiceContext } from "../context.ts";

export interface Audience {
  client_id: string;
  visitor_id: string | null;
}

/** Who hears a conversation that the caller may see. Throws CONVERSATION_NOT_FOUND. */
export async function findAudience(ctx: Pick<ServiceContext<Actor>, "actor" | "db">, conversationId: string): Promise<Audience> {
  const row = await ctx.db.as(ctx.actor, (trx) =>
    trx.selectFrom("conversations").select(["client_id", "visitor_id"]).where("id", "=", conversationId).executeTakeFirst(),
  );
  if (!row) throw conversationNotFound();
  return row;
}
