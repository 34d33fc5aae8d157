import { sql } from "kysely";
import type { Note } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { AppError } from "../../errors.ts";
import type { ServiceContext } from "../context.ts";
import { findConversation } from "../conversations/find-conversation.ts";
import { NOTE_COLUMNS } from "./list-notes.ts";

type Ctx = ServiceContext<UserActor>;
interface Place {
  conversation_id: string;
  note_id: string;
}
const notFound = () => new AppError("NOT_FOUND", "This note does not exist, or you may not change it.");

/** Throws CONVERSATION_NOT_FOUND. */
export async function createNote(ctx: Ctx, input: { conversation_id: string; content: string }): Promise<Note> {
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
  tell(ctx, client_id, note);
  return note;
}

/** One's own; administrators change any. Throws NOT_FOUND. */
export async function updateNote(ctx: Ctx, input: Place & { content: string }): Promise<Note> {
  const row = await ctx.db.as(ctx.actor, (trx) =>
    trx
      .updateTable("conversation_notes")
      .set({ content: input.content.toWellFormed(), updated_at: sql`clock_timestamp()` })
      .where("id", "=", input.note_id)
      .where("conversation_id", "=", input.conversation_id)
      .returning([...NOTE_COLUMNS, "client_id"])
      .executeTakeFirst(),
  );
  if (!row) throw notFound();
  const { client_id, ...note } = row;
  tell(ctx, client_id, note);
  return note;
}

/** One's own; administrators delete any. Throws NOT_FOUND. */
export async function deleteNote(ctx: Ctx, input: Place): Promise<void> {
  const row = await ctx.db.as(ctx.actor, (trx) =>
    trx
      .deleteFrom("conversation_notes")
      .where("id", "=", input.note_id)
      .where("conversation_id", "=", input.conversation_id)
      .returning([...NOTE_COLUMNS, "client_id"])
      .executeTakeFirst(),
  );
  if (!row) throw notFound();
  const { client_id, ...note } = row;
  tell(ctx, client_id, note, true);
}

function tell(ctx: Ctx, client_id: string, note: Note, deleted = false): void {
  const { conversation_id } = note;
  const frame = { type: "note", conversation_id, note, ...(deleted && { deleted }) } as const;
  ctx.bus.publish({ topic: "frame", client_id, conversation_id, audience: "operators", frame });
}
