import { SYSTEM } from "../../db/actor.ts";
import { isSealed, SealError } from "../../lib/sealed.ts";
import type { ServiceContext } from "../context.ts";
import { openIdentitySecret, sealIdentitySecret } from "./identity-secret.ts";

/**
 * Seals the identity secrets that were stored before there were seals, and tells in the log how many were sealed with another
 * `JWT_SECRET`. Any number of nodes may do so at once.
 */
export async function sealSecrets(ctx: Pick<ServiceContext, "db" | "config" | "log">): Promise<{ sealed: number; lost: number }> {
  const result = await ctx.db.as(SYSTEM, async (trx) => {
    const rows = await trx.selectFrom("agent_secrets").select(["agent_id", "identity_secret"]).orderBy("agent_id").execute();
    let [sealed, lost] = [0, 0];
    for (const { agent_id, identity_secret } of rows) {
      if (isSealed(identity_secret)) {
        if (!canOpen(ctx, agent_id, identity_secret)) lost++;
        continue;
      }
      // Only what was read: somebody may have made a new one meanwhile.
      await trx
        .updateTable("agent_secrets")
        .set({ identity_secret: sealIdentitySecret(ctx.config, agent_id, identity_secret) })
        .where("agent_id", "=", agent_id)
        .where("identity_secret", "=", identity_secret)
        .execute();
      sealed++;
    }
    return { sealed, lost };
  });
  if (result.sealed > 0) ctx.log.info({ count: result.sealed }, "identity secrets sealed");
  if (result.lost > 0) {
    ctx.log.warn(
      { count: result.lost },
      "identity secrets were sealed with another JWT_SECRET: start with that one again, or make new ones in the panel",
    );
  }
  return result;
}

function canOpen(ctx: Pick<ServiceContext, "config">, agentId: string, stored: string): boolean {
  try {
    openIdentitySecret(ctx.config, agentId, stored);
    return true;
  } catch (err) {
    if (err instanceof SealError) return false;
    throw err;
  }
}
