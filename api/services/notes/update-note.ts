import { sql } from "kysely";
import type { Note } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { NOTE_COLUMNS } from "./list-notes.ts";
import { noteNotFound, tellNote, type NotePlace } from "./tell-note.ts";

/** One's own; administrators change any. Throws NOT_FOUND. */
export async function updateNote(ctx: ServiceContext<UserActor>, input: NotePlace & { content: string }): Promise<Note> {
  const row = await ctx.db.as(ctx.actor, (trx) =>
    trx
      .updateTable("conversation_notes")
      .set({ content: input.content.toWellFormed(), updated_at: sql`clock_timestamp()` })
      .where("id", "=", input.note_id)
      .where("conversation_id", "=", input.conversation_id)
      .returning([...NOTE_COLUMNS, "client_id"])
      .executeTakeFirst(),
  );
  if (!row) throw noteNotFound();
  const { client_id, ...note } = row;
  tellNote(ctx, client_id, note);
  return note;
}
