import type { z } from "zod";
import type { agentCreateBody } from "../../../protocol/requests.ts";
import type { Agent } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { requireAdministrator } from "../require-administrator.ts";
import { writePromptOf } from "../wizard/steps.ts";
import { clientOf } from "./client-of.ts";
import { ensureIdentitySecret } from "./identity-secret.ts";
import { mergeConfig } from "./merge-config.ts";
import { toAgent } from "./to-agent.ts";
import { withFreeSlug, withSlugCheck } from "./with-free-slug.ts";

/** A draft. Without a slug it gets a free one from its name, without a prompt one is written. Throws SLUG_TAKEN, FORBIDDEN, VALIDATION_ERROR. */
export async function createAgent(ctx: ServiceContext<UserActor>, input: z.output<typeof agentCreateBody>): Promise<Agent> {
  // Whoever pays for the models decides what they may cost.
  if (input.config?.limits !== undefined) requireAdministrator(ctx.actor);
  const config = mergeConfig({}, input.config ?? {});
  const description = input.description ?? null;
  const systemPrompt =
    input.system_prompt ?? writePromptOf({ name: input.name, description, config, template_type: input.template_type ?? null });
  if (input.system_prompt === undefined) config["system_prompt_source"] = "written";

  const write = (slug: string) =>
    ctx.db.as(ctx.actor, async (trx) => {
      const agent = await trx
        .insertInto("agents")
        .values({
          client_id: await clientOf(trx, ctx.actor, input.client_id),
          name: input.name,
          description,
          slug,
          model: input.model ?? ctx.config.defaultModel,
          system_prompt: systemPrompt,
          channel: input.channel ?? "whatsapp",
          template_type: input.template_type ?? null,
          config: JSON.stringify(config),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      await ensureIdentitySecret(trx, ctx.config, agent);
      await noteChange(trx, ctx.actor, { action: "agent.created", object: agent, client_id: agent.client_id });
      return agent;
    });
  const row = await (input.slug === undefined
    ? withFreeSlug(ctx, input.name, write)
    : withSlugCheck(input.slug, () => write(input.slug!)));
  ctx.bus.publish({ topic: "registry", agent_id: row.id });
  return toAgent(row, ctx.config);
}
