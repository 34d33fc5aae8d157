import { SYSTEM, type VisitorActor } from "../../api/db/actor.ts";
import type { Deps } from "../../api/deps.ts";
import { signVisitorToken } from "../../api/services/auth/tokens.ts";

export interface Chat {
  actor: VisitorActor;
  token: string;
  conversation_id: string;
}

let agents = 0;

/** A published agent, of the first company unless told. */
export function insertAgent(deps: Deps, clientId?: string): Promise<{ id: string; client_id: string }> {
  const slug = `agent-${process.pid}-${++agents}`;
  return deps.db.as(SYSTEM, async (trx) => {
    const client_id =
      clientId ?? (await trx.selectFrom("clients").select("id").orderBy("created_at").executeTakeFirstOrThrow()).id;
    return trx
      .insertInto("agents")
      .values({
        client_id,
        name: "Aria",
        slug,
        system_prompt: "You help.",
        status: "active",
        is_public: true,
        public_url: `http://localhost/a/${slug}`,
      })
      .returning(["id", "client_id"])
      .executeTakeFirstOrThrow();
  });
}

/** A visitor of the agent, with a token and one conversation. */
export async function insertChat(deps: Deps, agent: { id: string; client_id: string }): Promise<Chat> {
  const { visitor_id, conversation_id } = await deps.db.as(SYSTEM, async (trx) => {
    const owner = { agent_id: agent.id, client_id: agent.client_id };
    const visitor = await trx.insertInto("visitors").values(owner).returning("id").executeTakeFirstOrThrow();
    const conversation = await trx
      .insertInto("conversations")
      .values({ ...owner, visitor_id: visitor.id })
      .returning("id")
      .executeTakeFirstOrThrow();
    return { visitor_id: visitor.id, conversation_id: conversation.id };
  });
  const actor: VisitorActor = { kind: "visitor", visitor_id, agent_id: agent.id, client_id: agent.client_id };
  return { actor, conversation_id, token: (await signVisitorToken(deps, actor)).token };
}

/** The stored messages of a conversation in order. */
export function storedMessages(deps: Deps, conversationId: string) {
  return deps.db.as(SYSTEM, (trx) =>
    trx.selectFrom("messages").selectAll().where("conversation_id", "=", conversationId).orderBy("seq").execute(),
  );
}
