import type { z } from "zod";
import { wizardStepBodies, type WizardStep } from "../../../protocol/requests.ts";
import type { Agent } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { validationError } from "../../errors.ts";
import { lockAgent } from "../agents/find-agent.ts";
import { toAgent, type AgentRow } from "../agents/to-agent.ts";
import { changedFields, noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { isPromptWritten, WIZARD_STEPS, writePromptOf } from "./steps.ts";
import { languageName } from "./write-system-prompt.ts";

type Draft = Pick<AgentRow, "name" | "description" | "template_type" | "model" | "channel" | "system_prompt" | "config">;
type StepBody<N extends WizardStep> = z.output<(typeof wizardStepBodies)[N]>;

/**
 * Saves one step; any order, as often as wanted. The whole answer of the step replaces the one before. Throws
 * AGENT_NOT_FOUND, VALIDATION_ERROR for an unknown step or a body that does not fit it.
 */
export async function saveWizardStep(
  ctx: ServiceContext<UserActor>,
  input: { id: string; step: string; body: unknown },
): Promise<{ wizard_id: string; step: number; agent: Agent }> {
  const step = WIZARD_STEPS.find((n) => String(n) === input.step);
  if (!step) throw validationError([{ path: ["step"], message: "The wizard has the steps 1, 2, 3 and 4." }]);
  const parsed = wizardStepBodies[step].safeParse(input.body);
  if (!parsed.success) throw validationError(parsed.error.issues);

  const row = await ctx.db.as(ctx.actor, async (trx) => {
    const before = await lockAgent(trx, input.id);
    const draft = applyStep(step, before, parsed.data);
    const after = await trx
      .updateTable("agents")
      .set({ ...draft, config: JSON.stringify(draft.config) })
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
  });
  ctx.bus.publish({ topic: "registry", agent_id: row.id });
  return { wizard_id: row.id, step, agent: toAgent(row, ctx.config) };
}

/** The agent after a step, without the database. */
export function applyStep(step: WizardStep, before: Draft, body: unknown): Draft {
  const { name, description, template_type, model, channel, system_prompt } = before;
  const draft: Draft = { name, description, template_type, model, channel, system_prompt, config: { ...before.config } };
  draft.config[`step_${step}_data`] = body;
  if (step === 1) applyIdentity(draft, body as StepBody<1>);
  if (step === 2) applyVoice(draft, body as StepBody<2>);
  if (step === 3) applyFields(draft, body as StepBody<3>);
  if (step === 4) applyChannels(draft, body as StepBody<4>);
  if (isPromptWritten(draft)) draft.system_prompt = writePromptOf(draft);
  return draft;
}

function applyIdentity(draft: Draft, body: StepBody<1>): void {
  draft.name = body.name;
  if (body.description !== undefined) draft.description = body.description;
  if (body.template_type !== undefined) draft.template_type = body.template_type;
}

function applyVoice(draft: Draft, body: StepBody<2>): void {
  if (body.greeting !== undefined) draft.config["greeting"] = body.greeting;
  // "Portuguese" is for the prompt alone; only a tag can choose the interface's language.
  if (body.language !== undefined && languageName(body.language)) draft.config["locale"] = body.language;
  const isByHand = body.system_prompt !== undefined && body.system_prompt !== writePromptOf(draft);
  if (isByHand) draft.system_prompt = body.system_prompt!;
  draft.config["system_prompt_source"] = isByHand ? "edited" : "written";
}

function applyFields(draft: Draft, body: StepBody<3>): void {
  if (body.starters !== undefined) draft.config["starters"] = body.starters;
}

function applyChannels(draft: Draft, body: StepBody<4>): void {
  if (body.model !== undefined) draft.model = body.model;
  if (body.channel !== undefined) draft.channel = body.channel;
}
