import type { ClientFrame } from "../../protocol/frames.ts";
import type { UserActor } from "../db/actor.ts";
import type { Deps } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { ServiceContext } from "../services/context.ts";
import { cancelReply } from "../services/messages/cancel-reply.ts";
import { messageNotFound } from "../services/messages/get-message.ts";
import { postOperatorMessage } from "../services/messages/post-operator-message.ts";
import { retryReply } from "../services/messages/retry-reply.ts";
import { createCommonFrames } from "./common-frames.ts";
import type { Session, SessionPort } from "./session-port.ts";

const SUBSCRIPTIONS_MAX = 500;

/** A person of the company: hears all its conversations, reads deltas of those it has open. */
export function createOperatorSession(deps: Deps, actor: UserActor, port: SessionPort): Session {
  const ctx: ServiceContext<UserActor> = { ...deps, actor };
  const common = createCommonFrames(deps, actor, port);

  async function message(frame: Extract<ClientFrame, { type: "message" }>): Promise<void> {
    if (frame.content.length > deps.limits.contentCharsMax) {
      throw new AppError("VALIDATION_ERROR", `A message has at most ${deps.limits.contentCharsMax} characters.`, { issues: [] });
    }
    const { message: row, duplicate } = await postOperatorMessage(ctx, {
      ...frame,
      origin: port.session_id,
      shown: deps.hub.shownText,
    });
    const { id: message_id, client_message_id, conversation_id, seq, rev, created_at } = row;
    port.send({ type: "message_sent", client_message_id, message_id, conversation_id, seq, rev, created_at, duplicate });
  }

  async function subscribe(conversation_id: string): Promise<void> {
    const { visitor_id } = await common.audienceOf(conversation_id);
    port.subscriptions.delete(conversation_id);
    // Who opens that many has closed the first ones without saying so.
    if (port.subscriptions.size >= SUBSCRIPTIONS_MAX) setReading(port.subscriptions.values().next().value!, false);
    setReading(conversation_id, true);
    if (visitor_id) {
      port.send({ type: "presence", user_id: visitor_id, status: deps.hub.presenceOf(visitor_id), conversation_id });
    }
  }

  function setReading(conversationId: string, isReading: boolean): void {
    if (isReading) port.subscriptions.add(conversationId);
    else port.subscriptions.delete(conversationId);
    if (port.setReading) port.setReading(conversationId, isReading);
    else deps.hub.setReading(port.session_id, conversationId, isReading);
  }

  return {
    async check() {},
    handle(frame) {
      switch (frame.type) {
        case "message":
          return message(frame);
        case "cancel":
          return cancelReply(ctx, { message_id: frame.message_id });
        case "retry":
          return retryReply(ctx, { message_id: frame.message_id });
        case "feedback":
          // The visitor's word alone.
          throw messageNotFound();
        case "subscribe":
          return subscribe(frame.conversation_id);
        case "unsubscribe":
          setReading(frame.conversation_id, false);
          return;
        default:
          return common[frame.type](frame as never);
      }
    },
  };
}
