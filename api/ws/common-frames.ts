import type { ClientFrame } from "../../protocol/frames.ts";
import type { UserActor, VisitorActor } from "../db/actor.ts";
import type { Deps } from "../deps.ts";
import { authError, conversationNotFound } from "../errors.ts";
import { verifyAnyToken } from "../services/auth/tokens.ts";
import type { ServiceContext } from "../services/context.ts";
import { findAudience, type Audience } from "../services/conversations/find-audience.ts";
import { getMessage, messageNotFound } from "../services/messages/get-message.ts";
import { markRead } from "../services/messages/mark-read.ts";
import { syncMessages } from "../services/messages/sync-messages.ts";
import { userIdOf } from "./hub.ts";
import type { SessionPort } from "./session-port.ts";

const SYNC_LIMIT = 100;
const CONVERSATIONS_KNOWN_MAX = 500;

type Frame<T extends ClientFrame["type"]> = Extract<ClientFrame, { type: T }>;

/** What visitors and operators do alike. */
export function createCommonFrames(deps: Deps, actor: UserActor | VisitorActor, port: SessionPort) {
  const ctx: ServiceContext<UserActor | VisitorActor> = { ...deps, actor };
  const userId = userIdOf(actor);
  const origin = port.session_id;
  const known = new Map<string, Audience>();

  /** Throws CONVERSATION_NOT_FOUND. */
  async function audienceOf(conversationId: string): Promise<Audience> {
    const seen = known.get(conversationId);
    if (seen) return seen;
    const audience = await findAudience(ctx, conversationId);
    if (known.size >= CONVERSATIONS_KNOWN_MAX) known.clear();
    known.set(conversationId, audience);
    deps.hub.noteVisitor(conversationId, audience.visitor_id);
    return audience;
  }

  return {
    audienceOf,

    async typing(frame: Frame<"typing">) {
      const { client_id } = await audienceOf(frame.conversation_id);
      const { conversation_id, is_typing } = frame;
      deps.bus.publish({
        topic: "frame",
        client_id,
        conversation_id,
        frame: { type: "typing", user_id: userId, conversation_id, is_typing, ttl_ms: deps.limits.typingTtlMs },
        origin,
      });
    },

    read: (frame: Frame<"read">) => markRead(ctx, { ...frame, origin }),

    async sync(frame: Frame<"sync">) {
      const limit = Math.min(frame.limit ?? SYNC_LIMIT, deps.limits.syncLimitMax);
      const { missing, history, ...found } = await syncMessages(ctx, { ...frame, limit });
      port.send({
        type: "sync_data",
        ...found,
        epoch: deps.hub.epoch,
        ...(history && { history }),
        ...(frame.ref !== undefined && { ref: frame.ref }),
      });
      if (missing.length > 0) throw conversationNotFound();
    },

    ping(frame: Frame<"ping">) {
      port.send({ type: "pong", t: frame.t ?? null, server_time: new Date().toISOString() });
    },

    presence(frame: Frame<"presence">) {
      port.setPresence(frame.status);
    },

    async auth(frame: Frame<"auth">) {
      const { actor: next, expires_at } = await verifyAnyToken(deps, frame.token);
      if (next.kind !== actor.kind || userIdOf(next) !== userId) throw authError("This token belongs to somebody else.");
      port.renew(expires_at);
    },

    /** The text so far from where the peer stands; the live deltas follow it without a hole. */
    async resume(frame: Frame<"resume">) {
      const { message_id } = frame;
      const heard = deps.hub.streams.get(message_id);
      if (heard) {
        await audienceOf(heard.conversation_id).catch(() => {
          throw messageNotFound();
        });
        // Read again: while access was checked, the reply may have grown, begun again or ended.
        const stream = deps.hub.streams.get(message_id);
        if (stream) return sendText(message_id, stream.conversation_id, stream.attempt, stream.text);
      }
      const message = await getMessage(ctx, message_id);
      const { conversation_id, attempt, content, status, rev } = message;
      if (status === "streaming") {
        // What is saved is up to a second old, and nobody here has heard the rest.
        deps.hub.askText(message_id);
        return sendText(message_id, conversation_id, attempt, content);
      }
      port.send({ type: "message", message });
      port.send({ type: "stream_end", message_id, conversation_id, attempt, length: content.length, status, rev });

      function sendText(id: string, conversationId: string, currentAttempt: number, text: string) {
        const names = { message_id: id, conversation_id: conversationId, attempt: currentAttempt };
        let { from } = frame;
        // Further than this node has heard: whoever writes tells the rest to all who listen here.
        if (frame.attempt === currentAttempt && from > text.length) return deps.hub.askText(id);
        if (frame.attempt !== currentAttempt) {
          port.send({ type: "stream_reset", ...names });
          from = 0;
        }
        if (from < text.length) port.send({ type: "delta", ...names, from, text: text.slice(from) });
      }
    },
  };
}
