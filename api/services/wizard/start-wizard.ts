import type { z } from "zod";
import type { wizardStartBody } from "../../../protocol/requests.ts";
import type { Agent } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { clientOf } from "../agents/client-of.ts";
import { ensureIdentitySecret } from "../agents/identity-secret.ts";
import { toAgent } from "../agents/to-agent.ts";
import { placeholderSlug } from "../agents/with-free-slug.ts";
import { noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { writePromptOf } from "./steps.ts";

/** An empty draft to walk through the steps with. Throws FORBIDDEN, VALIDATION_ERROR. */
export async function startWizard(
  ctx: ServiceContext<UserActor>,
  input: z.output<typeof wizardStartBody>,
): Promise<{ wizard_id: string; agent: Agent }> {
  const name = input.name ?? "New agent";
  const config = { is_wizard: true, system_prompt_source: "written" };
  const row = await ctx.db.as(ctx.actor, async (trx) => {
    const agent = await trx
      .insertInto("agents")
      .values({
        client_id: await clientOf(trx, ctx.actor, input.client_id),
        name,
        description: null,
        template_type: null,
        slug: placeholderSlug(),
        model: ctx.config.defaultModel,
        system_prompt: writePromptOf({ name, description: null, config }),
        config: JSON.stringify(config),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await ensureIdentitySecret(trx, ctx.config, agent);
    await noteChange(trx, ctx.actor, { action: "agent.created", object: agent, client_id: agent.client_id });
    return agent;
  });
  ctx.bus.publish({ topic: "registry", agent_id: row.id });
  return { wizard_id: row.id, agent: toAgent(row, ctx.config) };
}
