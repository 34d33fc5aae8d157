import { sql } from "kysely";
import type { UserActor, VisitorActor } from "../../db/actor.ts";
import { AppError, conversationNotFound } from "../../errors.ts";
import type { ServiceContext } from "../context.ts";

export interface MarkReadInput {
  conversation_id: string;
  message_id: string;
  origin?: string | undefined;
}

/** The caller has read up to this message. The mark only moves forward. Throws CONVERSATION_NOT_FOUND, NOT_FOUND. */
export async function markRead(ctx: ServiceContext<UserActor | VisitorActor>, input: MarkReadInput): Promise<void> {
  const { actor } = ctx;
  const userId = actor.kind === "visitor" ? actor.visitor_id : actor.user_id;
  const moved = await ctx.db.as(actor, async (trx) => {
    const target = await trx
      .selectFrom("conversations")
      .leftJoin("messages", (join) =>
        join.onRef("messages.conversation_id", "=", "conversations.id").on("messages.id", "=", input.message_id),
      )
      .select(["conversations.client_id", "messages.seq"])
      .where("conversations.id", "=", input.conversation_id)
      .executeTakeFirst();
    if (!target) throw conversationNotFound();
    if (target.seq === null) throw new AppError("NOT_FOUND", "This message does not exist, or you may not see it.");
    const { rows } = await sql`
      insert into participants as p (conversation_id, user_id, client_id, kind, last_read_seq)
      values (${input.conversation_id}::uuid, ${userId}::uuid, ${target.client_id}::uuid,
              ${actor.kind === "visitor" ? "visitor" : "operator"}, ${target.seq})
      on conflict (conversation_id, user_id) do update
         set last_read_seq = excluded.last_read_seq, updated_at = clock_timestamp()
       where p.last_read_seq < excluded.last_read_seq
      returning 1`.execute(trx);
    return rows.length > 0 ? { client_id: target.client_id, seq: target.seq } : null;
  });
  if (!moved) return;
  const { conversation_id, message_id, origin } = input;
  ctx.bus.publish({
    topic: "frame",
    client_id: moved.client_id,
    conversation_id,
    frame: { type: "read", conversation_id, user_id: userId, message_id, seq: moved.seq },
    ...(origin && { origin }),
  });
}
