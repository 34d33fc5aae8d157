import type { AgentIdentity } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { AppError } from "../../errors.ts";
import { SealError } from "../../lib/sealed.ts";
import type { ServiceContext } from "../context.ts";
import { findAgent } from "./find-agent.ts";
import { ensureIdentitySecret, openIdentitySecret } from "./identity-secret.ts";

/**
 * The secret with which the agent's site signs who its visitors are. Throws AGENT_NOT_FOUND, and SECRET_LOST when the server's
 * own secret is another one than it was stored with.
 */
export async function getIdentity(ctx: ServiceContext<UserActor>, input: { id: string }): Promise<AgentIdentity> {
  return await ctx.db.as(ctx.actor, async (trx) => {
    const agent = await findAgent(trx, input.id);
    const find = trx.selectFrom("agent_secrets").select(["identity_secret", "created_at"]).where("agent_id", "=", agent.id);
    let row = await find.executeTakeFirst();
    if (!row) {
      // Agents that were written into the table by hand.
      await ensureIdentitySecret(trx, ctx.config, agent);
      row = await find.executeTakeFirstOrThrow();
    }
    try {
      return { secret: openIdentitySecret(ctx.config, agent.id, row.identity_secret), created_at: row.created_at };
    } catch (err) {
      if (!(err instanceof SealError)) throw err;
      throw new AppError(
        "SECRET_LOST",
        "The identity secret of this agent can no longer be read, because the server's JWT_SECRET was changed. Make a new secret and put it into your site.",
      );
    }
  });
}
