import { sql, type Selectable } from "kysely";
import type { VisitorActor } from "../../db/actor.ts";
import type { MessagesTable } from "../../db/types.ts";
import { AppError } from "../../errors.ts";
import type { ServiceContext } from "../context.ts";
import { appendCall, appendError, type Appended } from "./append-message.ts";
import { toMessage } from "./to-message.ts";

export interface PostMessageInput {
  conversation_id: string;
  content: string;
  client_message_id?: string | undefined;
  reply_to?: string | null | undefined;
  /** session_id of the peer that gets its own answer. */
  origin?: string | undefined;
}

/**
 * A visitor's message: stored, and a reply asked for, in one transaction of one statement; told to others after the commit.
 * Throws CONVERSATION_NOT_FOUND, CONVERSATION_CLOSED, IDEMPOTENCY_CONFLICT, VALIDATION_ERROR (reply_to), AGENT_NOT_FOUND
 * (paused or gone).
 */
export async function postMessage(ctx: ServiceContext<VisitorActor>, input: PostMessageInput): Promise<Appended> {
  const { visitor_id, client_id } = ctx.actor;
  // A lone surrogate has no UTF-8: what is stored has to be what everybody gets.
  const call = appendCall({
    ...input,
    content: input.content.toWellFormed(),
    role: "visitor",
    sender_id: visitor_id,
    sender_name: null,
  });
  type Row = Selectable<MessagesTable> & { duplicate: boolean; job_id: string | null; agent_status: string | null };
  const row = await ctx.db
    .as(ctx.actor, async (trx) => {
      const { rows } = await sql<Row>`
        select (a.message).*, a.duplicate, renus.visitor_agent_status() as agent_status,
               case when not a.duplicate then renus.request_reply(${input.conversation_id}::uuid, (a.message).seq) end as job_id
          from ${call} a`.execute(trx);
      const result = rows[0]!;
      if (!result.duplicate && result.agent_status !== "active") throw agentUnavailable(ctx.actor.agent_id);
      return result;
    })
    .catch((err: unknown) => {
      throw appendError(err);
    });

  const message = toMessage(row);
  if (!row.duplicate) {
    const { conversation_id } = message;
    ctx.bus.publish(
      {
        topic: "frame",
        client_id,
        conversation_id,
        frame: { type: "message", message },
        ...(input.origin && { origin: input.origin }),
      },
      ...(row.job_id ? [{ topic: "jobs", conversation_id } as const] : []),
    );
  }
  return { message, duplicate: row.duplicate };
}

export const agentUnavailable = (agentId: string) =>
  new AppError("AGENT_NOT_FOUND", "This assistant is not available at the moment. Please come back later.", {
    agent_id: agentId,
  });
