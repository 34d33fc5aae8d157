import type { AgentIdentity } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { findAgent } from "./find-agent.ts";
import { ensureIdentitySecret } from "./identity-secret.ts";

/** The secret with which the agent's site signs who its visitors are. Throws AGENT_NOT_FOUND. */
export async function getIdentity(ctx: ServiceContext<UserActor>, input: { id: string }): Promise<AgentIdentity> {
  return await ctx.db.as(ctx.actor, async (trx) => {
    const agent = await findAgent(trx, input.id);
    const find = trx
      .selectFrom("agent_secrets")
      .select(["identity_secret as secret", "created_at"])
      .where("agent_id", "=", agent.id);
    const known = await find.executeTakeFirst();
    if (known) return known;
    // Agents that were written into the table by hand.
    await ensureIdentitySecret(trx, agent);
    return await find.executeTakeFirstOrThrow();
  });
}
