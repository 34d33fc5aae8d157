import type { TemplateResult } from "lit";
import type { Agent } from "../../protocol/resources.ts";
import { t } from "../i18n/i18n.ts";
import type { WizardStepBody, WizardStepNumber } from "../api.ts";

/** What every step knows how to do. `agent` is null before the draft exists. */
export interface StepForm<N extends WizardStepNumber> {
  intro(): string;
  /** `agent` as it was when the step was opened: a save must not overwrite what is being typed. */
  render(agent: Agent | null): TemplateResult;
  read(form: HTMLFormElement, agent: Agent | null): WizardStepBody<N>;
}

export function stepTitle(step: WizardStepNumber): string {
  return { 1: t("Who it is"), 2: t("How it speaks"), 3: t("What it asks for"), 4: t("Where it works") }[step];
}

/** What a step was left with. */
export function stepData<N extends WizardStepNumber>(agent: Agent | null, step: N): Partial<WizardStepBody<N>> {
  return (agent?.config[`step_${step}_data`] ?? {}) as Partial<WizardStepBody<N>>;
}
export const isPromptEdited = (agent: Agent | null): boolean =>
  agent !== null && agent.config["system_prompt_source"] !== "written";
