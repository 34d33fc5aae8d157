import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { Bus, BusEvent } from "../bus/bus.ts";
import { SYSTEM, type UserActor, type VisitorActor } from "../db/actor.ts";
import type { Database } from "../db/database.ts";
import type { Limits } from "../deps.ts";
import { authError, rateLimited, type AppError } from "../errors.ts";
import type { ShownText } from "../services/conversations/end-jobs.ts";
import { agentUnavailable } from "../services/messages/check-agent.ts";
import { CLOSE } from "../../protocol/codes.ts";
import type { Metrics } from "../lib/metrics.ts";
import { loggable } from "../lib/loggable.ts";
import { createKeyedBuckets, type TokenBucket } from "../lib/token-bucket.ts";
import { createLiveStreams, type LiveStreams } from "./live-streams.ts";
import { plainFrame } from "./plain-frame.ts";
import { prepareFrame, type PreparedFrame } from "./prepared-frame.ts";
import { createHealer } from "./heal.ts";
import { createLocalPeople, createPresence, type PresenceStatus } from "./presence.ts";
import { createRecently } from "./recently.ts";
import { createRoster } from "./roster.ts";
import { findWhoStays } from "./still-there.ts";
import { createStreamTexts } from "./stream-texts.ts";

/** Somebody who listens on this node: a socket, or a stream of server-sent events. */
export interface Peer {
  readonly session_id: string;
  readonly actor: UserActor | VisitorActor;
  /** Without `renus.v1`: hears less. */
  readonly isPlain: boolean;
  /** Conversations whose deltas an operator wants. */
  readonly subscriptions: ReadonlySet<string>;
  /** Never throws. */
  deliver(prepared: PreparedFrame): void;
  /** Tells the reason, then closes. Never throws. */
  end(code: number, reason: AppError): void;
  /** The server goes: come back elsewhere or later. Never throws. */
  drain(reconnectAfterMs: number): void;
}

/** This node's ears: the bus on one side, local peers on the other. */
export interface Hub {
  /** Identifies this process towards clients. */
  readonly epoch: string;
  readonly streams: LiveStreams;
  readonly peerCount: number;
  join(peer: Peer): void;
  leave(peer: Peer): void;
  peer(sessionId: string): Peer | undefined;
  /** Throws RATE_LIMITED when a visitor has too many tabs, or somebody plays with one token. */
  checkRoom(actor: Peer["actor"]): void;
  /** A conversation's visitor never changes; null: it has none. Spares the hub a look-up. */
  noteVisitor(conversationId: string, visitorId: string | null): void;
  /** What peers of this node have seen of a reply in progress. */
  readonly shownText: ShownText;
  setPresence(peer: Peer, status: "online" | "away"): void;
  /** An operator's socket began or ceased to read this conversation as it is written. */
  setReading(sessionId: string, conversationId: string, isReading: boolean): void;
  /** Asks whoever writes this reply for its text so far; it comes as a delta from 0. */
  askText(messageId: string): void;
  presenceOf(userId: string): PresenceStatus;
  /** Frames of a peer that has no socket to count on. */
  framesOf(userId: string): TokenBucket;
  /** Sends everybody away, one after another; resolves when all have been told. */
  drain(): Promise<void>;
  stop(): void;
}

const VISITORS_KEPT_MAX = 50_000;
/** Of a few peers none has to wait; of many each has this moment for itself, as long as `drainMs` allows. */
const DRAIN_EACH_MS = 10;
const MINUTE_MS = 60_000;

export const userIdOf = (actor: UserActor | VisitorActor) => (actor.kind === "visitor" ? actor.visitor_id : actor.user_id);
export function createHub(parts: { db: Database; bus: Bus; log: Logger; limits: Limits; metrics: Metrics }): Hub {
  const { db, bus, log, limits, metrics } = parts;
  const peers = new Map<string, Peer>();
  const visitors = new Map<string, Set<Peer>>();
  const operators = new Map<string | null, Set<Peer>>();
  const visitorOf = new Map<string, string | null>();
  const waiting = new Map<string, { prepared: PreparedFrame; origin: string | undefined }[]>();
  const streams = createLiveStreams();
  const frames = createKeyedBuckets(limits.framesPerMinute, MINUTE_MS);
  const texts = createStreamTexts(bus, streams, (conversationId) => visitorOf.get(conversationId));
  const asked = createRecently();
  /** Conversation → sockets of this node that read it as it is written. */
  const readers = new Map<string, Set<string>>();

  const presence = createPresence(limits.offlineAfterMs, ({ user_id, client_id, status }) =>
    tellOperators(client_id, prepareFrame({ type: "presence", user_id, status })),
  );
  const roster = createRoster({
    node: bus.node,
    leaseMs: limits.nodeLeaseMs,
    announce: (event) => bus.publish(event),
    onPerson: (userId, clientId, isLate) => presence.see(userId, clientId, roster.whereaboutsOf(userId), isLate),
  });
  const local = createLocalPeople(roster.setPerson);
  const beating = setInterval(() => bus.publish(roster.beat()), limits.nodeLeaseMs / 3);
  beating.unref();

  // Deltas are most of what a reply is: they go where somebody reads them. Where this is the only node, no frame goes anywhere;
  // one that joins says so before it has sockets, and its sockets begin with what is stored.
  bus.route((event) => {
    if (event.topic !== "frame") return null;
    if (roster.isAlone()) return [];
    if (event.frame.type !== "delta") return null;
    const visitorId = event.visitor_id ?? visitorOf.get(event.conversation_id);
    if (visitorId === undefined) return null;
    return [...new Set([...roster.nodesOf(visitorId), ...roster.readersOf(event.conversation_id)])];
  });

  const noteVisitor = (conversationId: string, visitorId: string | null) => {
    if (visitorOf.size >= VISITORS_KEPT_MAX) visitorOf.clear();
    visitorOf.set(conversationId, visitorId);
  };

  const tell = (listeners: Iterable<Peer> | undefined, prepared: PreparedFrame, origin: string | undefined) => {
    for (const peer of listeners ?? []) if (peer.session_id !== origin && hears(peer, prepared)) peer.deliver(prepared);
  };
  const tellOperators = (clientId: string | null, prepared: PreparedFrame, origin?: string) => {
    if (clientId !== null) tell(operators.get(clientId), prepared, origin);
    tell(operators.get(null), prepared, origin);
  };

  /** `from` null: read from the database. */
  function onFrame(event: Extract<BusEvent, { topic: "frame" }>, from: string | null): void {
    const { frame, client_id, conversation_id } = event;
    if (event.visitor_id !== undefined) noteVisitor(conversation_id, event.visitor_id);
    if (!streams.admit(frame)) return;
    healer.note(frame);
    if (from === bus.node) texts.noteOwn(frame, client_id);
    if (peers.size === 0) return;
    const prepared = prepareFrame(frame);
    tellOperators(client_id, prepared, event.origin);
    if (visitors.size > 0 && event.audience !== "operators") tellVisitor(conversation_id, prepared, event.origin);
    // Its beginning was missed, or something in between.
    if (frame.type === "delta" && from !== bus.node && !streams.get(frame.message_id)) texts.ask(frame.message_id);
  }

  function tellVisitor(conversationId: string, prepared: PreparedFrame, origin?: string): void {
    const visitorId = waiting.has(conversationId) ? undefined : visitorOf.get(conversationId);
    if (visitorId === undefined) void askVisitor(conversationId, prepared, origin);
    else if (visitorId !== null) tell(visitors.get(visitorId), prepared, origin);
  }

  function onHere(event: Extract<BusEvent, { topic: "here" }>, from: string): void {
    if (!roster.hear(from, event) && asked(from)) bus.send(from, { topic: "who" });
    if (from !== bus.node) texts.onArrival(event, from);
  }

  /** Notifications were missed: who is where is asked again, and what they were about is read from the database. */
  function onGap({ node, ageMs }: { node: string | null; ageMs: number }): void {
    if (node === null) bus.publish({ topic: "who" });
    else bus.send(node, { topic: "who" });
    healer.missed(ageMs);
  }

  const healer = createHealer({
    db,
    log,
    listeners() {
      if (peers.size === 0) return null;
      const companies = operators.has(null) ? null : [...operators.keys()].filter((id) => id !== null);
      return { visitors: [...visitors.keys()], companies };
    },
    checkPeople,
    tell(event) {
      onFrame(event, null);
      if (event.frame.type === "message" && event.frame.message.status === "streaming") texts.ask(event.frame.message.id);
    },
    tooMuch: sendAway,
  });

  /** Who was signed out, changed or erased unheard comes back at once with the rights of now, or not at all. */
  async function checkPeople(): Promise<void> {
    const checked = [...peers.values()];
    const stays = await findWhoStays(
      db,
      checked.map(({ actor }) => actor),
    );
    for (const peer of checked) if (!stays(peer.actor)) peer.end(CLOSE.tokenExpired, authError());
  }

  /** Frames of a conversation that is new here wait, in order, until it is known whose it is. */
  async function askVisitor(conversationId: string, prepared: PreparedFrame, origin: string | undefined): Promise<void> {
    const queue = waiting.get(conversationId);
    if (queue) return void queue.push({ prepared, origin });
    const list = [{ prepared, origin }];
    waiting.set(conversationId, list);
    try {
      const row = await db.as(SYSTEM, (trx) =>
        trx.selectFrom("conversations").select("visitor_id").where("id", "=", conversationId).executeTakeFirst(),
      );
      if (row) noteVisitor(conversationId, row.visitor_id);
      if (row?.visitor_id) for (const item of list) tell(visitors.get(row.visitor_id), item.prepared, item.origin);
    } catch (err) {
      // Whoever missed these frames sees the gap and syncs.
      log.warn({ err: loggable(err) }, "the hub could not look up a conversation");
    } finally {
      waiting.delete(conversationId);
    }
  }

  /** Visitors of agents that were paused, unpublished or deleted are told so. */
  async function checkAgents(agentId: string | null): Promise<void> {
    const heard = new Set<string>();
    for (const peer of peers.values()) {
      if (peer.actor.kind === "visitor" && (agentId === null || peer.actor.agent_id === agentId)) heard.add(peer.actor.agent_id);
    }
    if (heard.size === 0) return;
    const active = await db.as(SYSTEM, (trx) =>
      trx
        .selectFrom("agents")
        .select("id")
        .where("id", "in", [...heard])
        .where("status", "=", "active")
        .execute(),
    );
    for (const { id } of active) heard.delete(id);
    for (const peer of peers.values()) {
      const { actor } = peer;
      if (actor.kind !== "visitor" || !heard.has(actor.agent_id)) continue;
      peer.end(CLOSE.agentUnavailable, agentUnavailable(actor.agent_id));
    }
  }

  async function sendAway(): Promise<void> {
    const leaving = [...peers.values()];
    const spreadMs = Math.min(limits.drainMs, leaving.length * DRAIN_EACH_MS);
    const startedAt = performance.now();
    for (const [index, peer] of leaving.entries()) {
      const waitMs = startedAt + (spreadMs * index) / leaving.length - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (peers.has(peer.session_id)) peer.drain(500 + Math.round(Math.random() * 1500));
    }
  }

  const unsubscribe = bus.subscribe((event, from) => {
    switch (event.topic) {
      case "frame":
        return onFrame(event, from);
      case "here":
        return onHere(event, from);
      case "who":
        return bus.send(from, roster.whole());
      case "text":
        return texts.send(from, event.message_id);
      case "gap":
        return onGap(event);
      case "registry":
        return void checkAgents(event.agent_id).catch((err: Error) =>
          log.warn({ err: loggable(err) }, "the hub could not check agents"),
        );
      case "signed_out":
        for (const peer of peers.values()) {
          const { actor } = peer;
          if (actor.kind !== "user" || actor.user_id !== event.user_id) continue;
          if (event.session_id === null || actor.session_id === event.session_id) {
            // Back at once with a token that still holds, with the rights of then.
            peer.end(CLOSE.tokenExpired, authError("You have been signed out."));
          }
        }
        return;
      case "erased":
        // Back at once, as somebody new.
        for (const peer of visitors.get(event.visitor_id) ?? []) peer.end(CLOSE.tokenExpired, authError());
        return;
      default:
        return;
    }
  });

  // What was said before this node was there.
  bus.publish({ topic: "who" });

  const setReading = (sessionId: string, conversationId: string, isReading: boolean) => {
    const group = readers.get(conversationId) ?? new Set();
    if (isReading && peers.has(sessionId)) readers.set(conversationId, group.add(sessionId));
    else if (group.delete(sessionId) && group.size === 0) readers.delete(conversationId);
    roster.setReading(conversationId, readers.has(conversationId));
  };

  const groupOf = (actor: Peer["actor"]): [Map<string | null, Set<Peer>>, string | null] =>
    actor.kind === "visitor"
      ? [visitors as Map<string | null, Set<Peer>>, actor.visitor_id]
      : // A client without a company hears nobody; null would be the administrators' group.
        [operators, actor.role === "admin" ? null : (actor.client_id ?? actor.user_id)];

  return {
    epoch: randomUUID(),
    streams,
    get peerCount() {
      return peers.size;
    },
    join(peer) {
      peers.set(peer.session_id, peer);
      const [map, key] = groupOf(peer.actor);
      const group = map.get(key) ?? new Set();
      map.set(key, group.add(peer));
      local.connect(userIdOf(peer.actor), peer.actor.client_id, peer.session_id);
      for (const id of peer.subscriptions) setReading(peer.session_id, id, true);
    },
    leave(peer) {
      if (!peers.delete(peer.session_id)) return;
      const [map, key] = groupOf(peer.actor);
      const group = map.get(key);
      group?.delete(peer);
      if (group?.size === 0) map.delete(key);
      local.disconnect(userIdOf(peer.actor), peer.session_id);
      for (const id of peer.subscriptions) setReading(peer.session_id, id, false);
    },
    checkRoom(actor) {
      if (actor.kind !== "visitor" || (visitors.get(actor.visitor_id)?.size ?? 0) < limits.socketsPerVisitorMax) return;
      metrics.limitHits.inc({ kind: "sockets" });
      throw rateLimited(MINUTE_MS, "This chat is open in too many places. Please close some of them.");
    },
    peer: (sessionId) => peers.get(sessionId),
    noteVisitor,
    shownText(messageId, attempt) {
      const stream = streams.get(messageId);
      return stream?.attempt === attempt ? stream.text : undefined;
    },
    setPresence: (peer, status) => local.set(userIdOf(peer.actor), peer.session_id, status),
    setReading,
    askText: texts.ask,
    presenceOf: presence.statusOf,
    framesOf: frames.of,
    async drain() {
      // An event stream may still come in meanwhile.
      while (peers.size > 0) await sendAway();
    },
    stop() {
      healer.stop();
      clearInterval(beating);
      // Whoever is left here has no socket any more.
      bus.publish({ topic: "here", isWhole: true, people: [], reading: [], digest: 0 });
      unsubscribe();
      roster.stop();
      presence.stop();
    },
  };
}

/** Who hears what, beyond being in the conversation. */
function hears(peer: Peer, { frame }: PreparedFrame): boolean {
  if (peer.isPlain && !plainFrame(frame)) return false;
  switch (frame.type) {
    case "typing":
    case "presence":
      return frame.user_id !== userIdOf(peer.actor);
    case "delta":
      return peer.actor.kind === "visitor" || peer.subscriptions.has(frame.conversation_id);
    default:
      return true;
  }
}
