import type { ClientFrame } from "../../protocol/frames.ts";
import type { UserActor } from "../db/actor.ts";
import { cancelReply } from "../services/messages/cancel-reply.ts";
import { messageNotFound } from "../services/messages/get-message.ts";
import { postOperatorMessage } from "../services/messages/post-operator-message.ts";
import { retryReply } from "../services/messages/retry-reply.ts";
import { CommonFrames } from "./common-frames.ts";
import type { Session } from "./session-port.ts";

const SUBSCRIPTIONS_MAX = 500;

/** A person of the company: hears all its conversations, reads deltas of those it has open. */
export class OperatorSession extends CommonFrames<UserActor> implements Session {
  async check(): Promise<void> {}

  handle(frame: ClientFrame): void | Promise<void> {
    switch (frame.type) {
      case "message":
        return this.#message(frame);
      case "cancel":
        return cancelReply(this.ctx, { message_id: frame.message_id });
      case "retry":
        return retryReply(this.ctx, { message_id: frame.message_id });
      case "feedback":
        // The visitor's word alone.
        throw messageNotFound();
      case "subscribe":
        return this.#subscribe(frame.conversation_id);
      case "unsubscribe":
        return this.#setReading(frame.conversation_id, false);
      default:
        return this.handleCommon(frame);
    }
  }

  async #message(frame: Extract<ClientFrame, { type: "message" }>): Promise<void> {
    this.checkLength(frame);
    const { shownText: shown } = this.deps.hub;
    this.acknowledge(await postOperatorMessage(this.ctx, { ...frame, origin: this.port.session_id, shown }));
  }

  async #subscribe(conversation_id: string): Promise<void> {
    const { visitor_id } = await this.audienceOf(conversation_id);
    const { subscriptions } = this.port;
    subscriptions.delete(conversation_id);
    // Who opens that many has closed the first ones without saying so.
    if (subscriptions.size >= SUBSCRIPTIONS_MAX) this.#setReading(subscriptions.values().next().value!, false);
    this.#setReading(conversation_id, true);
    if (visitor_id) {
      const status = this.deps.hub.presenceOf(visitor_id);
      this.port.send({ type: "presence", user_id: visitor_id, status, conversation_id });
    }
  }

  #setReading(conversationId: string, isReading: boolean): void {
    const { port } = this;
    if (isReading) port.subscriptions.add(conversationId);
    else port.subscriptions.delete(conversationId);
    if (port.setReading) port.setReading(conversationId, isReading);
    else this.deps.hub.setReading(port.session_id, conversationId, isReading);
  }
}
