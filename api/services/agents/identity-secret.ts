import { randomBytes } from "node:crypto";
import type { Trx } from "../../db/database.ts";

/** 256 random bits, as many as HS256 uses (RFC 7518 section 3.2), as 43 characters of base64url. */
export const newIdentitySecret = () => randomBytes(32).toString("base64url");

/** Gives the agent a secret unless it has one. */
export async function ensureIdentitySecret(trx: Trx, agent: { id: string; client_id: string }): Promise<void> {
  await trx
    .insertInto("agent_secrets")
    .values({ agent_id: agent.id, client_id: agent.client_id, identity_secret: newIdentitySecret() })
    .onConflict((conflict) => conflict.column("agent_id").doNothing())
    .execute();
}

/** null: nobody can have signed anything for this agent. */
export async function findIdentitySecret(trx: Trx, agentId: string): Promise<string | null> {
  const row = await trx.selectFrom("agent_secrets").select("identity_secret").where("agent_id", "=", agentId).executeTakeFirst();
  return row?.identity_secret ?? null;
}
