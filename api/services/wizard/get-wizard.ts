import type { z } from "zod";
import type { wizardStateSchema } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { findAgent } from "../agents/find-agent.ts";
import { toAgent } from "../agents/to-agent.ts";
import type { ServiceContext } from "../context.ts";
import { isStepDone, WIZARD_STEPS, writePromptOf } from "./steps.ts";

/** Where the walk stands; `next_step` is null when every step was saved. Throws AGENT_NOT_FOUND. */
export async function getWizard(
  ctx: ServiceContext<UserActor>,
  input: { id: string },
): Promise<z.infer<typeof wizardStateSchema>> {
  const row = await ctx.db.as(ctx.actor, (trx) => findAgent(trx, input.id));
  return {
    wizard_id: row.id,
    agent: toAgent(row, ctx.config),
    steps: { 1: isStepDone(row, 1), 2: isStepDone(row, 2), 3: isStepDone(row, 3), 4: isStepDone(row, 4) },
    next_step: WIZARD_STEPS.find((n) => !isStepDone(row, n)) ?? null,
    written_prompt: writePromptOf(row),
  };
}
