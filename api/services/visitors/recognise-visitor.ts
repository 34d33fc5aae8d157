import { sql, type Selectable } from "kysely";
import type { z } from "zod";
import type { identifyBody } from "../../../protocol/requests.ts";
import type { Trx } from "../../db/database.ts";
import type { VisitorsTable } from "../../db/types.ts";
import { findIdentitySecret } from "../agents/identity-secret.ts";
import type { AgentRow } from "../agents/to-agent.ts";
import type { ServiceContext } from "../context.ts";
import { verifyUserToken, type SiteUser } from "./verify-user-token.ts";

export type VisitorRow = Selectable<VisitorsTable>;
type About = Pick<z.output<typeof identifyBody>, "user_token" | "name" | "email">;

/**
 * Whose conversation it is. `bearer`: the visitor whose token came along, null without one. With a token of the site it is
 * the person the site names: known already, or the bearer if they were nobody yet, or somebody new; null when the bearer
 * stays a stranger. A name without such a token changes what is shown of an unverified visitor and joins nobody.
 * Throws AUTH_ERROR for a token that does not hold.
 */
export async function recogniseVisitor(
  ctx: Pick<ServiceContext, "config">,
  trx: Trx,
  agent: AgentRow,
  bearer: VisitorRow | null,
  { user_token: token, name, email }: About,
): Promise<VisitorRow | null> {
  if (token != null) {
    const secret = await findIdentitySecret(trx, ctx.config, agent.id);
    return findPerson(trx, agent, bearer, await verifyUserToken(secret, token));
  }
  if (!bearer) return null;
  const renamed =
    name != null || email != null
      ? await trx
          .updateTable("visitors")
          .set({ ...(name != null && { name }), ...(email != null && { email }), last_seen_at: sql`now()` })
          .where("id", "=", bearer.id)
          .where("is_verified", "=", false)
          .returningAll()
          .executeTakeFirst()
      : undefined;
  return renamed ?? touchVisitor(trx, agent, bearer.id);
}

/** Locks one visitor's row at most: two people who change places at the same moment would wait for each other for ever. */
async function findPerson(trx: Trx, agent: AgentRow, bearer: VisitorRow | null, user: SiteUser): Promise<VisitorRow> {
  // Whoever names the same person at this moment waits: several tabs or devices must not become several visitors.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${agent.id} ${user.external_id}`}, 0))`.execute(trx);
  const said = { ...user, is_verified: true, last_seen_at: sql<string>`now()` };
  const known = await trx
    .updateTable("visitors")
    .set(said)
    .where("agent_id", "=", agent.id)
    .where("external_id", "=", user.external_id)
    .returningAll()
    .executeTakeFirst();
  if (known) return known;
  const stamped =
    bearer &&
    (await trx
      .updateTable("visitors")
      .set(said)
      .where("id", "=", bearer.id)
      .where("external_id", "is", null)
      .returningAll()
      .executeTakeFirst());
  if (stamped) return stamped;
  return await trx
    .insertInto("visitors")
    .values({ ...said, agent_id: agent.id, client_id: agent.client_id, locale: bearer?.locale ?? null })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The visitor of a token, if it is one of this agent. */
export async function findVisitor(trx: Trx, agent: Pick<AgentRow, "id">, visitorId: string): Promise<VisitorRow | null> {
  const row = await trx
    .selectFrom("visitors")
    .selectAll()
    .where("id", "=", visitorId)
    .where("agent_id", "=", agent.id)
    .executeTakeFirst();
  return row ?? null;
}

/** The same, and they have been seen. */
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
