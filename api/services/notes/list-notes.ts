import type { z } from "zod";
import type { listQuery } from "../../../protocol/requests.ts";
import type { Note, Page } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { exactTime, isAfterKeyset, keysetSchema, type Keyset } from "../../db/keyset.ts";
import { decodeCursor, toPage } from "../../lib/cursor.ts";
import type { ServiceContext } from "../context.ts";
import { findConversation } from "../conversations/find-conversation.ts";

type Input = z.output<typeof listQuery> & { conversation_id: string };

/** Newest first. Throws CONVERSATION_NOT_FOUND, VALIDATION_ERROR for a foreign cursor. */
export async function listNotes(ctx: ServiceContext<UserActor>, input: Input): Promise<Page<Note>> {
  const after = input.cursor === undefined ? null : decodeCursor(input.cursor, keysetSchema);
  const rows = await ctx.db.as(ctx.actor, async (trx) => {
    await findConversation(trx, input.conversation_id);
    return await trx
      .selectFrom("conversation_notes")
      .select(NOTE_COLUMNS)
      .select(exactTime("created_at").as("exact_time"))
      .where("conversation_id", "=", input.conversation_id)
      .$if(after !== null, (query) => query.where(isAfterKeyset("created_at", after!)))
      .orderBy("created_at", "desc")
      .orderBy("id", "desc")
      .limit(input.limit + 1)
      .execute();
  });
  return toPage(
    rows,
    input.limit,
    (last): Keyset => [last.exact_time, last.id],
    ({ exact_time: _, ...note }) => note,
  );
}

export const NOTE_COLUMNS = ["id", "conversation_id", "author_id", "author_name", "content", "created_at", "updated_at"] as const;
