import type { Message } from "../../../protocol/resources.ts";
import type { Actor } from "../../db/actor.ts";
import { AppError } from "../../errors.ts";
import type { ServiceContext } from "../context.ts";
import { toMessage } from "./to-message.ts";

/** Throws NOT_FOUND. */
export async function getMessage(ctx: Pick<ServiceContext<Actor>, "actor" | "db">, messageId: string): Promise<Message> {
  const row = await ctx.db.as(ctx.actor, (trx) =>
    trx.selectFrom("messages").selectAll().where("id", "=", messageId).executeTakeFirst(),
  );
  if (!row) throw messageNotFound();
  return toMessage(row);
}
export const messageNotFound = () => new AppError("NOT_FOUND", "This message does not exist, or you may not see it.");
