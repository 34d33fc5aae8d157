import type { TemplateResult } from "lit";
import type { Agent } from "../../protocol/resources.ts";
import type { WizardStepBody, WizardStepNumber } from "../api.ts";

/** What every step knows how to do. `agent` is null before the draft exists. */
export interface StepForm<N extends WizardStepNumber> {
  title: string;
  intro: string;
  /** `agent` as it was when the step was opened: a save must not overwrite what is being typed. */
  render(agent: Agent | null): TemplateResult;
  read(form: HTMLFormElement, agent: Agent | null): WizardStepBody<N>;
}

export const STEP_TITLES: Record<WizardStepNumber, string> = {
  1: "Who it is",
  2: "How it speaks",
  3: "What it asks for",
  4: "Where it works",
};

/** What a step was left with. */
export function stepData<N extends WizardStepNumber>(agent: Agent | null, step: N): Partial<WizardStepBody<N>> {
  return (agent?.config[`step_${step}_data`] ?? {}) as Partial<WizardStepBody<N>>;
}
export const isPromptEdited = (agent: Agent | null): boolean =>
  agent !== null && agent.config["system_prompt_source"] !== "written";
