import type { Note } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { findConversation } from "../conversations/find-conversation.ts";
import { NOTE_COLUMNS } from "./list-notes.ts";
import { tellNote } from "./tell-note.ts";

/** Throws CONVERSATION_NOT_FOUND. */
export async function createNote(
  ctx: ServiceContext<UserActor>,
  input: { conversation_id: string; content: string },
): Promise<Note> {
  const { actor } = ctx;
  const { note, client_id } = await ctx.db.as(actor, async (trx) => {
    const { id, client_id: owner } = await findConversation(trx, input.conversation_id);
    const made = await trx
      .insertInto("conversation_notes")
      .values({
        conversation_id: id,
        client_id: owner,
        author_id: actor.user_id,
        author_name: actor.name,
        content: input.content.toWellFormed(),
      })
      .returning(NOTE_COLUMNS)
      .executeTakeFirstOrThrow();
    return { note: made, client_id: owner };
  });
  tellNote(ctx, client_id, note);
  return note;
}
