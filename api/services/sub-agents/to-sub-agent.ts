import type { Selectable } from "kysely";
import type { SubAgent } from "../../../protocol/resources.ts";
import type { Trx } from "../../db/database.ts";
import type { SubAgentsTable } from "../../db/types.ts";
import { subAgentNotFound } from "../../errors.ts";
import { isUuid } from "../../lib/ids.ts";

/** A row as it travels; the columns are the same. */
export function toSubAgent(row: Selectable<SubAgentsTable>): SubAgent {
  const { id, agent_id, name, description, topics, system_prompt, model, channel, is_active } = row;
  const { knowledge_base, fine_tuning_config, created_at, updated_at } = row;
  return {
    id,
    agent_id,
    name,
    description,
    topics,
    system_prompt,
    model,
    channel,
    is_active,
    knowledge_base,
    fine_tuning_config,
    created_at,
    updated_at,
  };
}

/** The sub-agent of that agent, locked until the transaction ends. Throws SUB_AGENT_NOT_FOUND. */
export async function lockSubAgent(trx: Trx, agentId: string, id: string): Promise<Selectable<SubAgentsTable>> {
  const row = isUuid(id)
    ? await trx
        .selectFrom("sub_agents")
        .selectAll()
        .where("id", "=", id)
        .where("agent_id", "=", agentId)
        .forUpdate()
        .executeTakeFirst()
    : undefined;
  if (!row) throw subAgentNotFound();
  return row;
}

/** Without repeats that differ only by case; the first spelling stays. */
export function uniqueTopics(topics: readonly string[]): string[] {
  const byKey = new Map<string, string>();
  for (const topic of topics) {
    const key = topic.toLowerCase();
    if (!byKey.has(key)) byKey.set(key, topic);
  }
  return [...byKey.values()];
}
