import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { NOTE_COLUMNS } from "./list-notes.ts";
import { noteNotFound, tellNote, type NotePlace } from "./tell-note.ts";

/** One's own; administrators delete any. Throws NOT_FOUND. */
export async function deleteNote(ctx: ServiceContext<UserActor>, input: NotePlace): Promise<void> {
  const row = await ctx.db.as(ctx.actor, (trx) =>
    trx
      .deleteFrom("conversation_notes")
      .where("id", "=", input.note_id)
      .where("conversation_id", "=", input.conversation_id)
      .returning([...NOTE_COLUMNS, "client_id"])
      .executeTakeFirst(),
  );
  if (!row) throw noteNotFound();
  const { client_id, ...note } = row;
  tellNote(ctx, client_id, note, true);
}
