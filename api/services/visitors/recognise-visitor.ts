import { sql, type Selectable } from "kysely";
import type { z } from "zod";
import type { identifyBody } from "../../../protocol/requests.ts";
import type { Trx } from "../../db/database.ts";
import type { VisitorsTable } from "../../db/types.ts";
import { findIdentitySecret } from "../agents/identity-secret.ts";
import type { AgentRow } from "../agents/to-agent.ts";
import { verifyUserToken } from "./verify-user-token.ts";

export type VisitorRow = Selectable<VisitorsTable>;
type About = Pick<z.output<typeof identifyBody>, "user_token" | "name" | "email">;

/**
 * Whose conversation it is. `bearer`: the visitor whose token came along, null without one. With a token of the site it is
 * the person the site names: known already, or the bearer if they were nobody yet, or somebody new; null when the bearer
 * stays a stranger. A name without such a token changes what is shown of an unverified visitor and joins nobody.
 * Throws AUTH_ERROR for a token that does not hold.
 */
export async function recogniseVisitor(
  trx: Trx,
  agent: AgentRow,
  bearer: VisitorRow | null,
  { user_token: token, name, email }: About,
): Promise<VisitorRow | null> {
  if (token != null) {
    const user = await verifyUserToken(await findIdentitySecret(trx, agent.id), token);
    const said = { name: user.name, email: user.email, is_verified: true, last_seen_at: sql<string>`now()` };
    const known = await trx
      .updateTable("visitors")
      .set(said)
      .where("agent_id", "=", agent.id)
      .where("external_id", "=", user.external_id)
      .returningAll()
      .executeTakeFirst();
    if (known) return known;
    if (bearer && bearer.external_id === null) {
      return await trx
        .updateTable("visitors")
        .set({ ...said, external_id: user.external_id })
        .where("id", "=", bearer.id)
        .returningAll()
        .executeTakeFirstOrThrow();
    }
    return await trx
      .insertInto("visitors")
      .values({ agent_id: agent.id, client_id: agent.client_id, ...user, is_verified: true })
      // Somebody who opens two tabs at once is one person.
      .onConflict((conflict) =>
        conflict.columns(["agent_id", "external_id"]).where("external_id", "is not", null).doUpdateSet(said),
      )
      .returningAll()
      .executeTakeFirstOrThrow();
  }
  if (!bearer || bearer.is_verified || (name == null && email == null)) return bearer;
  return await trx
    .updateTable("visitors")
    .set({ ...(name != null && { name }), ...(email != null && { email }) })
    .where("id", "=", bearer.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The visitor of a token, if it is one of this agent. Counts as seen. */
export async function touchVisitor(trx: Trx, agent: Pick<AgentRow, "id">, visitorId: string): Promise<VisitorRow | null> {
  const row = await trx
    .updateTable("visitors")
    .set({ last_seen_at: sql`now()` })
    .where("id", "=", visitorId)
    .where("agent_id", "=", agent.id)
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

/** The visitor's conversation with the newest activity; `isOpen`: only one that has not ended. */
export async function latestConversation(trx: Trx, visitorId: string, isOpen: boolean): Promise<string | null> {
  let query = trx.selectFrom("conversations").select("id").where("visitor_id", "=", visitorId);
  if (isOpen) query = query.where("status", "=", "open");
  const row = await query
    .orderBy(sql`coalesce(last_message_at, created_at)`, "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? null;
}
