import type { z } from "zod";
import type { agentUpdateBody } from "../../../protocol/requests.ts";
import type { Agent } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { changedFields, noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { requireAdministrator } from "../require-administrator.ts";
import { isPromptWritten, writePromptOf } from "../wizard/steps.ts";
import { lockAgent } from "./find-agent.ts";
import { mergeConfig } from "./merge-config.ts";
import { publicUrlOf, toAgent } from "./to-agent.ts";
import { withSlugCheck } from "./with-free-slug.ts";

/**
 * Changes what is given and nothing else. `config` is merged (RFC 7396). A prompt that was written by the wizard follows
 * name, description and config until somebody words it by hand. Throws AGENT_NOT_FOUND, SLUG_TAKEN, FORBIDDEN (limits).
 */
export async function updateAgent(
  ctx: ServiceContext<UserActor>,
  input: z.output<typeof agentUpdateBody> & { id: string },
): Promise<Agent> {
  const row = await withSlugCheck(input.slug, () =>
    ctx.db.as(ctx.actor, async (trx) => {
      const before = await lockAgent(trx, input.id);
      const config = input.config === undefined ? before.config : mergeConfig(before.config, input.config);
      // Whoever pays for the models decides what they may cost.
      if (JSON.stringify(config["limits"]) !== JSON.stringify(before.config["limits"])) requireAdministrator(ctx.actor);
      const name = input.name ?? before.name;
      const description = input.description === undefined ? before.description : input.description;
      const slug = input.slug ?? before.slug;
      const template_type = input.template_type === undefined ? before.template_type : input.template_type;
      let systemPrompt = input.system_prompt ?? before.system_prompt;
      if (systemPrompt !== before.system_prompt) config["system_prompt_source"] = "edited";
      else if (isPromptWritten({ config })) systemPrompt = writePromptOf({ name, description, config, template_type });
      const after = await trx
        .updateTable("agents")
        .set({
          name,
          description,
          slug,
          model: input.model ?? before.model,
          system_prompt: systemPrompt,
          channel: input.channel ?? before.channel,
          template_type,
          public_url: before.public_url === null ? null : publicUrlOf(slug, ctx.config),
          config: JSON.stringify(config),
        })
        .where("id", "=", before.id)
        .returningAll()
        .executeTakeFirstOrThrow();
      await noteChange(trx, ctx.actor, {
        action: "agent.changed",
        object: after,
        client_id: after.client_id,
        fields: changedFields(before, after),
      });
      return after;
    }),
  );
  ctx.bus.publish({ topic: "registry", agent_id: row.id });
  return toAgent(row, ctx.config);
}
