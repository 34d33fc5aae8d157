import type { ClientFrame } from "../../protocol/frames.ts";
import type { UserActor, VisitorActor } from "../db/actor.ts";
import type { Deps } from "../deps.ts";
import { AppError, authError, conversationNotFound } from "../errors.ts";
import { verifyAnyToken } from "../services/auth/tokens.ts";
import type { ServiceContext } from "../services/context.ts";
import { findAudience, type Audience } from "../services/conversations/find-audience.ts";
import type { Appended } from "../services/messages/append-message.ts";
import { getMessage, messageNotFound } from "../services/messages/get-message.ts";
import { markRead } from "../services/messages/mark-read.ts";
import { syncMessages } from "../services/messages/sync-messages.ts";
import { userIdOf } from "./hub.ts";
import type { SessionPort } from "./session-port.ts";

const SYNC_LIMIT = 100;
const CONVERSATIONS_KNOWN_MAX = 500;

type Frame<T extends ClientFrame["type"]> = Extract<ClientFrame, { type: T }>;
type CommonFrame = Frame<"typing" | "read" | "sync" | "ping" | "presence" | "auth" | "resume">;

/** What visitors and operators do alike. A class, because every socket has one. */
export abstract class CommonFrames<A extends UserActor | VisitorActor> {
  protected readonly deps: Deps;
  protected readonly actor: A;
  protected readonly port: SessionPort;
  /** What has been looked up; most sockets have one conversation. */
  #known: Map<string, Audience> | null = null;

  constructor(deps: Deps, actor: A, port: SessionPort) {
    this.deps = deps;
    this.actor = actor;
    this.port = port;
  }

  protected get ctx(): ServiceContext<A> {
    return { ...this.deps, actor: this.actor };
  }

  /** Throws CONVERSATION_NOT_FOUND. */
  protected async audienceOf(conversationId: string): Promise<Audience> {
    const seen = this.#known?.get(conversationId);
    if (seen) return seen;
    const audience = await findAudience(this.ctx, conversationId);
    this.#known ??= new Map();
    if (this.#known.size >= CONVERSATIONS_KNOWN_MAX) this.#known.clear();
    this.#known.set(conversationId, audience);
    this.deps.hub.noteVisitor(conversationId, audience.visitor_id);
    return audience;
  }

  /** Throws VALIDATION_ERROR: longer than a message may be. */
  protected checkLength({ content }: Frame<"message">): void {
    const { contentCharsMax } = this.deps.limits;
    if (content.length <= contentCharsMax) return;
    throw new AppError("VALIDATION_ERROR", `A message has at most ${contentCharsMax} characters.`, { issues: [] });
  }

  /** Only after the commit. */
  protected acknowledge({ message, duplicate }: Appended): void {
    const { id: message_id, client_message_id, conversation_id, seq, rev, created_at } = message;
    this.port.send({ type: "message_sent", client_message_id, message_id, conversation_id, seq, rev, created_at, duplicate });
  }

  /** Throws AppError: the refusal of this frame. */
  protected handleCommon(frame: CommonFrame): void | Promise<void> {
    switch (frame.type) {
      case "typing":
        return this.#typing(frame);
      case "read":
        return markRead(this.ctx, { ...frame, origin: this.port.session_id });
      case "sync":
        return this.#sync(frame);
      case "ping":
        return this.port.send({ type: "pong", t: frame.t ?? null, server_time: new Date().toISOString() });
      case "presence":
        return this.port.setPresence(frame.status);
      case "auth":
        return this.#auth(frame);
      case "resume":
        return this.#resume(frame);
    }
  }

  async #typing({ conversation_id, is_typing }: Frame<"typing">): Promise<void> {
    const { client_id } = await this.audienceOf(conversation_id);
    const { typingTtlMs: ttl_ms } = this.deps.limits;
    this.deps.bus.publish({
      topic: "frame",
      client_id,
      conversation_id,
      frame: { type: "typing", user_id: userIdOf(this.actor), conversation_id, is_typing, ttl_ms },
      origin: this.port.session_id,
    });
  }

  async #sync(frame: Frame<"sync">): Promise<void> {
    const { hub, limits } = this.deps;
    const limit = Math.min(frame.limit ?? SYNC_LIMIT, limits.syncLimitMax);
    const { missing, history, ...found } = await syncMessages(this.ctx, { ...frame, limit });
    this.port.send({
      type: "sync_data",
      ...found,
      epoch: hub.epoch,
      ...(history && { history }),
      ...(frame.ref !== undefined && { ref: frame.ref }),
    });
    if (missing.length > 0) throw conversationNotFound();
  }

  async #auth(frame: Frame<"auth">): Promise<void> {
    const { actor: next, expires_at } = await verifyAnyToken(this.deps, frame.token);
    if (next.kind !== this.actor.kind || userIdOf(next) !== userIdOf(this.actor))
      throw authError("This token belongs to somebody else.");
    this.port.renew(expires_at);
  }

  /** The text so far from where the peer stands; the live deltas follow it without a hole. */
  async #resume(frame: Frame<"resume">): Promise<void> {
    const { hub } = this.deps;
    const { message_id } = frame;
    const heard = hub.streams.get(message_id);
    if (heard) {
      await this.audienceOf(heard.conversation_id).catch(() => {
        throw messageNotFound();
      });
      // Read again: while access was checked, the reply may have grown, begun again or ended.
      const stream = hub.streams.get(message_id);
      if (stream) return this.#sendText(frame, stream.conversation_id, stream.attempt, stream.text);
    }
    const message = await getMessage(this.ctx, message_id);
    const { conversation_id, attempt, content, status, rev } = message;
    if (status === "streaming") {
      // What is saved is up to a second old, and nobody here has heard the rest.
      hub.askText(message_id);
      return this.#sendText(frame, conversation_id, attempt, content);
    }
    this.port.send({ type: "message", message });
    this.port.send({ type: "stream_end", message_id, conversation_id, attempt, length: content.length, status, rev });
  }

  #sendText(frame: Frame<"resume">, conversation_id: string, attempt: number, text: string): void {
    const names = { message_id: frame.message_id, conversation_id, attempt };
    let { from } = frame;
    // Further than this node has heard: whoever writes tells the rest to all who listen here.
    if (frame.attempt === attempt && from > text.length) return this.deps.hub.askText(frame.message_id);
    if (frame.attempt !== attempt) {
      this.port.send({ type: "stream_reset", ...names });
      from = 0;
    }
    if (from < text.length) this.port.send({ type: "delta", ...names, from, text: text.slice(from) });
  }
}
