import type { Trx } from "../../db/database.ts";
import { agentNotFound } from "../../errors.ts";
import { isUuid } from "../../lib/ids.ts";
import type { AgentRow } from "./to-agent.ts";

/** The agent as far as the transaction's actor may see it. Throws AGENT_NOT_FOUND. */
export async function findAgent(trx: Trx, id: string): Promise<AgentRow> {
  const row = isUuid(id) ? await trx.selectFrom("agents").selectAll().where("id", "=", id).executeTakeFirst() : undefined;
  if (!row) throw agentNotFound(id);
  return row;
}

/** The same, locked until the transaction ends, for changes that depend on what is there. */
export async function lockAgent(trx: Trx, id: string): Promise<AgentRow> {
  const row = isUuid(id)
    ? await trx.selectFrom("agents").selectAll().where("id", "=", id).forUpdate().executeTakeFirst()
    : undefined;
  if (!row) throw agentNotFound(id);
  return row;
}
