import type { z } from "zod";
import type { agentDuplicateBody } from "../../../protocol/requests.ts";
import type { Agent } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { isPromptWritten, writePromptOf } from "../wizard/steps.ts";
import { findAgent } from "./find-agent.ts";
import { ensureIdentitySecret } from "./identity-secret.ts";
import { toAgent } from "./to-agent.ts";
import { placeholderSlug } from "./with-free-slug.ts";

/**
 * A draft with the same settings and sub-agents under another name. Address, identity secret and visits are its own: its
 * first publication makes an address of its name. Throws AGENT_NOT_FOUND, FORBIDDEN.
 */
export async function duplicateAgent(
  ctx: ServiceContext<UserActor>,
  input: z.output<typeof agentDuplicateBody> & { id: string },
): Promise<Agent> {
  const row = await ctx.db.as(ctx.actor, async (trx) => {
    const {
      client_id,
      description,
      model,
      system_prompt,
      channel,
      template_type,
      config: before,
    } = await findAgent(trx, input.id);
    const config: Record<string, unknown> = { ...before };
    const identity = config["step_1_data"];
    if (typeof identity === "object" && identity !== null) config["step_1_data"] = { ...identity, name: input.name };
    const copy = { name: input.name, description, config, template_type };
    const agent = await trx
      .insertInto("agents")
      .values({
        ...copy,
        client_id,
        model,
        channel,
        slug: placeholderSlug(),
        system_prompt: isPromptWritten(copy) ? writePromptOf(copy) : system_prompt,
        config: JSON.stringify(config),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await ensureIdentitySecret(trx, ctx.config, agent);
    await noteChange(trx, ctx.actor, { action: "agent.created", object: agent, client_id: agent.client_id });
    const team = await trx.selectFrom("sub_agents").selectAll().where("agent_id", "=", input.id).orderBy("created_at").execute();
    const copies = team.map(({ name, description: about, topics, is_active, ...one }) => ({
      agent_id: agent.id,
      name,
      description: about,
      topics,
      is_active,
      system_prompt: one.system_prompt,
      model: one.model,
      channel: one.channel,
      knowledge_base: JSON.stringify(one.knowledge_base),
      fine_tuning_config: JSON.stringify(one.fine_tuning_config),
    }));
    if (copies.length > 0) await trx.insertInto("sub_agents").values(copies).execute();
    return agent;
  });
  ctx.bus.publish({ topic: "registry", agent_id: row.id });
  return toAgent(row, ctx.config);
}
