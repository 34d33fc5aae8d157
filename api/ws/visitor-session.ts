import type { ClientFrame } from "../../protocol/frames.ts";
import type { VisitorActor } from "../db/actor.ts";
import { AppError } from "../errors.ts";
import { cancelReply } from "../services/messages/cancel-reply.ts";
import { checkAgent } from "../services/messages/check-agent.ts";
import { postMessage } from "../services/messages/post-message.ts";
import { rateReply } from "../services/messages/rate-reply.ts";
import { retryReply } from "../services/messages/retry-reply.ts";
import { CommonFrames } from "./common-frames.ts";
import type { Session } from "./session-port.ts";

/** One visitor of one agent: writes as itself and sees its own conversations only. */
export class VisitorSession extends CommonFrames<VisitorActor> implements Session {
  check(): Promise<void> {
    return checkAgent(this.ctx);
  }

  handle(frame: ClientFrame): void | Promise<void> {
    switch (frame.type) {
      case "message":
        return this.#message(frame);
      case "cancel":
        return cancelReply(this.ctx, { message_id: frame.message_id });
      case "retry":
        return this.#retry(frame.message_id);
      case "feedback":
        return rateReply(this.ctx, frame);
      case "subscribe":
      case "unsubscribe":
        // Visitors hear their conversations as they are; asking for one they cannot see is refused like everywhere.
        return this.audienceOf(frame.conversation_id).then(() => {});
      default:
        return this.handleCommon(frame);
    }
  }

  async #message(frame: Extract<ClientFrame, { type: "message" }>): Promise<void> {
    const span = this.deps.tracing?.message({ conversation_id: frame.conversation_id });
    try {
      this.checkLength(frame);
      const giveBack = await this.#takeMessage();
      const posted = await postMessage(this.ctx, { ...frame, origin: this.port.session_id });
      // A retry of what is already stored costs nothing.
      if (posted.duplicate) giveBack();
      this.acknowledge(posted);
      span?.end({ message_id: posted.message.id, isDuplicate: posted.duplicate });
    } catch (err) {
      span?.end({ error_code: err instanceof AppError ? err.code : "INTERNAL_ERROR" });
      throw err;
    }
  }

  async #retry(message_id: string): Promise<void> {
    await this.#takeMessage();
    await retryReply(this.ctx, { message_id });
  }

  #takeMessage(): Promise<() => void> {
    return this.deps.messageLimits.take({ visitor_id: this.actor.visitor_id, address: this.port.address });
  }
}
