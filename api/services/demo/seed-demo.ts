import { SYSTEM } from "../../db/actor.ts";
import { ensureIdentitySecret } from "../agents/identity-secret.ts";
import { publicUrlOf } from "../agents/to-agent.ts";
import type { ServiceContext } from "../context.ts";
import { writePromptOf } from "../wizard/steps.ts";
import { DEMO_AGENT, DEMO_SUB_AGENTS } from "./demo-agent.ts";

/** Gives a database without agents one that visitors can talk to at once, under the slug `demo`. Returns whether it did. */
export async function seedDemo(ctx: Pick<ServiceContext, "db" | "bus" | "config">): Promise<boolean> {
  const agentId = await ctx.db.as(SYSTEM, async (trx) => {
    const client = await trx.selectFrom("clients").select("id").orderBy("created_at").orderBy("id").limit(1).executeTakeFirst();
    const taken = await trx.selectFrom("agents").select("id").limit(1).executeTakeFirst();
    if (!client || taken) return null;
    const { name, description, config } = DEMO_AGENT;
    const agent = await trx
      .insertInto("agents")
      .values({
        client_id: client.id,
        name,
        description,
        slug: "demo",
        model: ctx.config.defaultModel,
        system_prompt: writePromptOf({ name, description, config }),
        channel: "web",
        template_type: "shop",
        status: "active",
        is_public: true,
        public_url: publicUrlOf("demo", ctx.config),
        config: JSON.stringify(config),
      })
      .returning(["id", "client_id"])
      .executeTakeFirstOrThrow();
    await ensureIdentitySecret(trx, ctx.config, agent);
    for (const { knowledge_base, ...subAgent } of DEMO_SUB_AGENTS) {
      await trx
        .insertInto("sub_agents")
        .values({ ...subAgent, agent_id: agent.id, knowledge_base: JSON.stringify(knowledge_base) })
        .execute();
    }
    return agent.id;
  });
  if (agentId) ctx.bus.publish({ topic: "registry", agent_id: agentId });
  return agentId !== null;
}
