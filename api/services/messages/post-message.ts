import type { VisitorActor } from "../../db/actor.ts";
import { conversationNotFound } from "../../errors.ts";
import type { ServiceContext } from "../context.ts";
import { conversationClosed, foreignReplyTo, idempotencyConflict, type Appended } from "./append-message.ts";
import { agentUnavailable, checkAgent } from "./check-agent.ts";
import { consentRequired } from "./consent-required.ts";

export interface PostMessageInput {
  conversation_id: string;
  content: string;
  client_message_id?: string | undefined;
  reply_to?: string | null | undefined;
  /** session_id of the peer that gets its own answer. */
  origin?: string | undefined;
}

/**
 * A visitor's message: stored, and a reply asked for, in one transaction, which it may share with others; told after the
 * commit. Throws CONVERSATION_NOT_FOUND, CONVERSATION_CLOSED, IDEMPOTENCY_CONFLICT, VALIDATION_ERROR (reply_to),
 * AGENT_NOT_FOUND (paused or gone), CONSENT_REQUIRED (with what to agree to), AUTH_ERROR (the visitor was erased), RATE_LIMITED (the database cannot keep up).
 */
export function postMessage(ctx: ServiceContext<VisitorActor>, input: PostMessageInput): Promise<Appended> {
  return post(ctx, input, false);
}

async function post(ctx: ServiceContext<VisitorActor>, input: PostMessageInput, isAgain: boolean): Promise<Appended> {
  const { visitor_id, client_id, agent_id } = ctx.actor;
  const { conversation_id } = input;
  const posted = await ctx.posts.post({
    conversation_id,
    visitor_id,
    // A lone surrogate has no UTF-8: what is stored has to be what everybody gets.
    content: input.content.toWellFormed(),
    client_message_id: input.client_message_id ?? null,
    reply_to: input.reply_to ?? null,
  });
  switch (posted.outcome) {
    case "unavailable":
      throw agentUnavailable(agent_id);
    case "consent_owed": {
      const refusal = await consentRequired(ctx);
      // It asked for something at that moment, and does no more. What nobody can read, nobody can agree to either.
      if (!refusal && !isAgain) return post(ctx, input, true);
      throw refusal ?? agentUnavailable(agent_id);
    }
    case "absent":
      // Somebody who was erased has no conversation either.
      await checkAgent(ctx);
      throw conversationNotFound();
    case "conflict":
      throw idempotencyConflict();
    case "closed":
      throw conversationClosed();
    case "foreign_reply_to":
      throw foreignReplyTo();
    default:
  }
  const { message, outcome, isReplyDue, isClaimed } = posted;
  if (outcome === "stored") {
    ctx.bus.publish(
      {
        topic: "frame",
        client_id,
        conversation_id,
        frame: { type: "message", message },
        visitor_id,
        ...(input.origin && { origin: input.origin }),
      },
      ...(isReplyDue ? [{ topic: "jobs", conversation_id, ...(isClaimed && { is_claimed: true }) } as const] : []),
    );
  }
  return { message, duplicate: outcome === "duplicate" };
}
