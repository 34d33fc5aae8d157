import type { z } from "zod";
import type { wizardStepBodies, WizardStep } from "../../../protocol/requests.ts";
import type { AgentRow } from "../agents/to-agent.ts";
import { writeSystemPrompt, type PromptBrief } from "./write-system-prompt.ts";

export const WIZARD_STEPS: readonly WizardStep[] = [1, 2, 3, 4];
/** Publication needs these. */
export const REQUIRED_STEPS: readonly WizardStep[] = [1, 2];

export type StepData = { [N in WizardStep]?: z.output<(typeof wizardStepBodies)[N]> };
type AgentLike = Pick<AgentRow, "name" | "description" | "config"> & { template_type?: string | null };

/** What the steps left in `config.step_n_data`. */
export function readSteps(config: Record<string, unknown>): StepData {
  const steps: Record<number, unknown> = {};
  for (const n of WIZARD_STEPS) {
    const data = config[`step_${n}_data`];
    if (typeof data === "object" && data !== null) steps[n] = data;
  }
  return steps as StepData;
}

/** An agent that was not begun in the wizard came with its name and prompt, which is what steps 1 and 2 are for. */
export function isStepDone(agent: AgentLike, n: WizardStep): boolean {
  return readSteps(agent.config)[n] !== undefined || (n <= 2 && agent.config["is_wizard"] !== true);
}
export function missingSteps(agent: AgentLike): WizardStep[] {
  return REQUIRED_STEPS.filter((n) => !isStepDone(agent, n));
}

/** What a written prompt is made of. */
export function briefOf(agent: AgentLike): PromptBrief {
  const steps = readSteps(agent.config);
  const { greeting, locale } = agent.config;
  const fields: unknown = steps[3]?.fields;
  return {
    name: agent.name,
    description: agent.description,
    template: agent.template_type ?? null,
    niche: steps[1]?.niche ?? null,
    personality: steps[2]?.personality ?? null,
    tone: steps[2]?.tone ?? null,
    // Agents that never were in the wizard have a language all the same.
    language: steps[2] ? (steps[2].language ?? null) : typeof locale === "string" ? locale : null,
    greeting: typeof greeting === "string" ? greeting : null,
    // The config can be changed by hand, so its shape is not taken on trust.
    fields: Array.isArray(fields) ? fields.filter((field) => typeof field?.label === "string") : [],
  };
}

/** "written": follows the steps. Anything else was worded by a person and is left alone. */
export function isPromptWritten(agent: Pick<AgentRow, "config">): boolean {
  return agent.config["system_prompt_source"] === "written";
}
export function writePromptOf(agent: AgentLike): string {
  return writeSystemPrompt(briefOf(agent));
}
