import type { Note } from "../../../protocol/resources.ts";
import { AppError } from "../../errors.ts";
import type { ServiceContext } from "../context.ts";

export interface NotePlace {
  conversation_id: string;
  note_id: string;
}
export const noteNotFound = () => new AppError("NOT_FOUND", "This note does not exist, or you may not change it.");

/** To the colleagues; visitors never hear of it. */
export function tellNote(ctx: Pick<ServiceContext, "bus">, client_id: string, note: Note, deleted = false): void {
  const { conversation_id } = note;
  const frame = { type: "note", conversation_id, note, ...(deleted && { deleted }) } as const;
  ctx.bus.publish({ topic: "frame", client_id, conversation_id, audience: "operators", frame });
}
