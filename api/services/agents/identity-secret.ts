import { randomBytes } from "node:crypto";
import type { Config } from "../../config.ts";
import type { Trx } from "../../db/database.ts";
import { open, seal, SealError } from "../../lib/sealed.ts";

type Keys = Pick<Config, "jwtSecret">;

/** 256 random bits, as many as HS256 uses (RFC 7518 section 3.2), as 43 characters of base64url. */
export const newIdentitySecret = () => randomBytes(32).toString("base64url");

const purposeOf = (agentId: string) => `identity secret of agent ${agentId}`;

/** The secret as its row keeps it. */
export const sealIdentitySecret = ({ jwtSecret }: Keys, agentId: string, secret: string) =>
  seal(jwtSecret, purposeOf(agentId), secret);
/** The secret of a row. Throws SealError when the server's secret is another one than it was sealed with. */
export const openIdentitySecret = ({ jwtSecret }: Keys, agentId: string, stored: string) =>
  open(jwtSecret, purposeOf(agentId), stored);

/** Gives the agent a secret unless it has one. */
export async function ensureIdentitySecret(trx: Trx, keys: Keys, agent: { id: string; client_id: string }): Promise<void> {
  await trx
    .insertInto("agent_secrets")
    .values({
      agent_id: agent.id,
      client_id: agent.client_id,
      identity_secret: sealIdentitySecret(keys, agent.id, newIdentitySecret()),
    })
    .onConflict((conflict) => conflict.column("agent_id").doNothing())
    .execute();
}

/** null: nobody can have signed anything for this agent, also because its secret can no longer be opened. */
export async function findIdentitySecret(trx: Trx, keys: Keys, agentId: string): Promise<string | null> {
  const row = await trx.selectFrom("agent_secrets").select("identity_secret").where("agent_id", "=", agentId).executeTakeFirst();
  if (!row) return null;
  try {
    return openIdentitySecret(keys, agentId, row.identity_secret);
  } catch (err) {
    if (err instanceof SealError) return null;
    throw err;
  }
}
