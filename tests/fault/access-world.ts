import { randomUUID } from "node:crypto";
import { API_KEY_SCOPES, type ApiKeyScope } from "../../protocol/codes.ts";
import type { NewApiKey } from "../../protocol/resources.ts";
import { SYSTEM } from "../../api/db/actor.ts";
import { signToken } from "../../api/lib/jwt.ts";
import { signVisitorToken } from "../../api/services/auth/tokens.ts";
import { insertAgent, insertChat } from "../support/chat.ts";
import type { TestServer } from "../support/server.ts";

/** Who may ask. Their columns stand in this order in the tables of the tests. */
export const CALLERS = [
  "anonymous",
  "visitor",
  "other visitor",
  "foreign visitor",
  "operator",
  "foreign operator",
  "administrator",
  "expired",
  "revoked",
  "reading key",
  "key",
  "foreign key",
  "installation key",
] as const;
export type Caller = (typeof CALLERS)[number];

/** What one company owns and others would like to have. */
export interface Target {
  client_id: string;
  agent_id: string;
  slug: string;
  sub_agent_id: string;
  visitor_id: string;
  conversation_id: string;
  /** Of the visitor, seq 1. */
  question_id: string;
  /** Of the assistant: one that failed, and the newest, which is complete. */
  failed_id: string;
  reply_id: string;
  note_id: string;
  canned_reply_id: string;
  shortcut: string;
  /** A person and a company that nobody needs. */
  spare_user_id: string;
  spare_client_id: string;
  spare_key_id: string;
  webhook_id: string;
  delivery_id: string;
  /** Tokens: a person's at the desk, and a visitor's where a route takes those. */
  desk: Record<Caller, string | null>;
  chat: Record<Caller, string | null>;
}

/** Words that only the target's company may read. */
export const SECRET = "heliotrope";

/** The two companies and their people; `make` gives a new target of the first. */
export async function createWorld(server: TestServer): Promise<{ make(): Promise<Target> }> {
  const { deps } = server;
  const [ours, theirs] = [await server.createClient("Ours"), await server.createClient("Theirs")];
  const foreignAgent = await insertAgent(deps, theirs.id);
  const foreign = await insertChat(deps, foreignAgent);

  /** A person whose every token is refused from now on. */
  async function signedOut(): Promise<string> {
    const person = await server.createUser({ role: "client", client_id: ours.id });
    await server.ok("POST", "/auth/v1/logout", { token: person.token });
    return person.token;
  }
  async function expiredOperator(userId: string): Promise<string> {
    const claims = { iss: "renus", aud: "authenticated", sub: userId, role: "authenticated", session_id: randomUUID() };
    return (await signToken(deps.config.jwtSecret, claims, -3600)).token;
  }
  const revoked = await signedOut();
  const makeKey = async (client_id: string | null, scopes: readonly ApiKeyScope[] = API_KEY_SCOPES) =>
    (await server.ok<NewApiKey>("POST", "/api-keys", { body: { name: "Key", client_id, scopes } })).key;
  const keys = {
    "reading key": await makeKey(ours.id, ["read"]),
    key: await makeKey(ours.id),
    "foreign key": await makeKey(theirs.id),
    "installation key": await makeKey(null),
  };

  return {
    async make() {
      const [operator, rival, administrator, spare] = await Promise.all([
        server.createUser({ role: "client", client_id: ours.id }),
        server.createUser({ role: "client", client_id: theirs.id }),
        server.createUser({ role: "admin" }),
        server.createUser({ role: "client", client_id: ours.id }),
      ]);
      const agent = await insertAgent(deps, ours.id);
      const chat = await insertChat(deps, agent);
      const other = await insertChat(deps, agent);
      const erased = await insertChat(deps, agent);
      const rows = await deps.db.as(SYSTEM, async (trx) => {
        const { slug } = await trx
          .updateTable("agents")
          .set({
            system_prompt: SECRET,
            config: JSON.stringify({ step_1_data: { name: "Aria" }, step_2_data: { tone: "calm" } }),
          })
          .where("id", "=", agent.id)
          .returning("slug")
          .executeTakeFirstOrThrow();
        const subAgent = await trx
          .insertInto("sub_agents")
          .values({ agent_id: agent.id, name: "Specialist", system_prompt: SECRET, topics: ["prices"] })
          .returning("id")
          .executeTakeFirstOrThrow();
        const conversation = { conversation_id: chat.conversation_id, client_id: agent.client_id };
        const [question, failed, reply] = await trx
          .insertInto("messages")
          .values([
            { ...conversation, seq: 1, rev: 1, role: "visitor", content: SECRET, sender_id: chat.actor.visitor_id },
            { ...conversation, seq: 2, rev: 2, role: "assistant", content: SECRET, status: "failed" },
            { ...conversation, seq: 3, rev: 3, role: "assistant", content: SECRET, status: "complete" },
          ])
          .returning("id")
          .execute();
        await trx
          .updateTable("conversations")
          .set({ last_seq: 3, last_rev: 3, last_message_preview: SECRET })
          .where("id", "=", chat.conversation_id)
          .execute();
        const trace = { chosen: { kind: "main" }, topic: null };
        await trx
          .insertInto("message_traces")
          .values({ message_id: reply!.id, client_id: agent.client_id, agent_id: agent.id, trace: JSON.stringify(trace) })
          .execute();
        const note = await trx
          .insertInto("conversation_notes")
          .values({ ...conversation, author_id: operator.id, author_name: "Ana", content: SECRET })
          .returning("id")
          .executeTakeFirstOrThrow();
        const shortcut = `s${randomUUID().slice(0, 8)}`;
        const canned = await trx
          .insertInto("canned_replies")
          .values({ client_id: agent.client_id, shortcut, content: SECRET })
          .returning("id")
          .executeTakeFirstOrThrow();
        const spareClient = await trx.insertInto("clients").values({ name: "Spare" }).returning("id").executeTakeFirstOrThrow();
        const spareKey = await trx
          .insertInto("api_keys")
          .values({ name: "Spare", prefix: "rns_", key_hash: randomUUID(), scopes: ["read"] })
          .returning("id")
          .executeTakeFirstOrThrow();
        const webhook = await trx
          .insertInto("webhook_endpoints")
          .values({ client_id: agent.client_id, url: `https://${SECRET}.example`, events: ["agent.published"], secret: SECRET })
          .returning("id")
          .executeTakeFirstOrThrow();
        const delivery = await trx
          .insertInto("webhook_deliveries")
          .values({ endpoint_id: webhook.id, client_id: agent.client_id, type: "webhook.test", data: "{}" })
          .returning("id")
          .executeTakeFirstOrThrow();
        await trx.deleteFrom("visitors").where("id", "=", erased.actor.visitor_id).execute();
        return { slug, subAgent, question, failed, reply, note, canned, shortcut, spareClient, spareKey, webhook, delivery };
      });
      const { visitor_id, agent_id, client_id } = chat.actor;
      const visitorClaims = { iss: "renus", aud: "renus:visitor", sub: visitor_id, agent_id, client_id };
      return {
        client_id,
        agent_id,
        slug: rows.slug,
        sub_agent_id: rows.subAgent.id,
        visitor_id,
        conversation_id: chat.conversation_id,
        question_id: rows.question!.id,
        failed_id: rows.failed!.id,
        reply_id: rows.reply!.id,
        note_id: rows.note.id,
        canned_reply_id: rows.canned.id,
        shortcut: rows.shortcut,
        spare_user_id: spare.id,
        spare_client_id: rows.spareClient.id,
        spare_key_id: rows.spareKey.id,
        webhook_id: rows.webhook.id,
        delivery_id: rows.delivery.id,
        desk: {
          anonymous: null,
          visitor: chat.token,
          "other visitor": other.token,
          "foreign visitor": foreign.token,
          operator: operator.token,
          "foreign operator": rival.token,
          administrator: administrator.token,
          expired: await expiredOperator(operator.id),
          revoked,
          ...keys,
        },
        chat: {
          anonymous: null,
          visitor: chat.token,
          "other visitor": other.token,
          "foreign visitor": foreign.token,
          operator: operator.token,
          "foreign operator": rival.token,
          administrator: administrator.token,
          expired: (await signToken(deps.config.jwtSecret, visitorClaims, -3600)).token,
          // Nothing is left of them but the token.
          revoked: (await signVisitorToken(deps, erased.actor)).token,
          ...keys,
        },
      };
    },
  };
}

/** `text` with every id in it replaced, so that answers about two things can be compared. */
export const withoutIds = (text: string): string =>
  text.replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<id>");
