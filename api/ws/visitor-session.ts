import type { ClientFrame } from "../../protocol/frames.ts";
import type { VisitorActor } from "../db/actor.ts";
import type { Deps } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { ServiceContext } from "../services/context.ts";
import { cancelReply } from "../services/messages/cancel-reply.ts";
import { checkAgent } from "../services/messages/check-agent.ts";
import { postMessage } from "../services/messages/post-message.ts";
import { rateReply } from "../services/messages/rate-reply.ts";
import { retryReply } from "../services/messages/retry-reply.ts";
import { createCommonFrames } from "./common-frames.ts";
import type { Session, SessionPort } from "./session-port.ts";

/** One visitor of one agent: writes as itself and sees its own conversations only. */
export function createVisitorSession(deps: Deps, actor: VisitorActor, port: SessionPort): Session {
  const ctx: ServiceContext<VisitorActor> = { ...deps, actor };
  const common = createCommonFrames(deps, actor, port);
  const takeMessage = () => deps.messageLimits.take({ visitor_id: actor.visitor_id, address: port.address });

  async function message(frame: Extract<ClientFrame, { type: "message" }>): Promise<void> {
    if (frame.content.length > deps.limits.contentCharsMax) {
      throw new AppError("VALIDATION_ERROR", `A message has at most ${deps.limits.contentCharsMax} characters.`, { issues: [] });
    }
    const giveBack = await takeMessage();
    const { message: row, duplicate } = await postMessage(ctx, { ...frame, origin: port.session_id });
    // A retry of what is already stored costs nothing.
    if (duplicate) giveBack();
    deps.hub.noteVisitor(row.conversation_id, actor.visitor_id);
    const { id: message_id, client_message_id, conversation_id, seq, rev, created_at } = row;
    port.send({ type: "message_sent", client_message_id, message_id, conversation_id, seq, rev, created_at, duplicate });
  }

  async function retry(message_id: string): Promise<void> {
    await takeMessage();
    await retryReply(ctx, { message_id });
  }

  return {
    check: () => checkAgent(ctx),
    handle(frame) {
      switch (frame.type) {
        case "message":
          return message(frame);
        case "cancel":
          return cancelReply(ctx, { message_id: frame.message_id });
        case "retry":
          return retry(frame.message_id);
        case "feedback":
          return rateReply(ctx, frame);
        case "subscribe":
        case "unsubscribe":
          // Visitors hear their conversations as they are; asking for one they cannot see is refused like everywhere.
          return common.audienceOf(frame.conversation_id).then(() => {});
        default:
          return common[frame.type](frame as never);
      }
    },
  };
}
