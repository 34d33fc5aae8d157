import { sql } from "kysely";
import type { AgentIdentity } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { findAgent } from "./find-agent.ts";
import { newIdentitySecret, sealIdentitySecret } from "./identity-secret.ts";

/** A new secret: what was signed with the former one is refused from now on. Throws AGENT_NOT_FOUND. */
export async function rotateIdentity(ctx: ServiceContext<UserActor>, input: { id: string }): Promise<AgentIdentity> {
  return await ctx.db.as(ctx.actor, async (trx) => {
    const agent = await findAgent(trx, input.id);
    const { id: agent_id, client_id } = agent;
    const secret = newIdentitySecret();
    const identity_secret = sealIdentitySecret(ctx.config, agent_id, secret);
    const { created_at } = await trx
      .insertInto("agent_secrets")
      .values({ agent_id, client_id, identity_secret })
      .onConflict((conflict) => conflict.column("agent_id").doUpdateSet({ identity_secret, created_at: sql`now()` }))
      .returning("created_at")
      .executeTakeFirstOrThrow();
    await noteChange(trx, ctx.actor, { action: "agent.secret_rotated", object: agent, client_id });
    return { secret, created_at };
  });
}
