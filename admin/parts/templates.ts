import {
  promptLanguage,
  templateWords,
  TEMPLATE_IDS,
  type PromptLanguage,
  type TemplateWords,
} from "../../protocol/agent-templates.ts";
import type { Agent } from "../../protocol/resources.ts";
import { language, t } from "../i18n/i18n.ts";
import { stepData } from "./wizard-steps.ts";

/** The wizard's starting points as they are offered. */
export function templateChoices(): readonly { id: string; title: string; text: string }[] {
  const about: Record<(typeof TEMPLATE_IDS)[number], [string, string]> = {
    support: [t("Support"), t("Answers questions about products and orders.")],
    sales: [t("Sales"), t("Advises, compares and leads to an offer.")],
    scheduling: [t("Scheduling"), t("Finds out when and for what, prepares appointments.")],
    faq: [t("Questions and answers"), t("Knows your house and answers what is asked most.")],
    lead_capture: [t("New contacts"), t("Learns who is interested and how to reach them.")],
  };
  return TEMPLATE_IDS.map((id) => ({ id, title: about[id][0], text: about[id][1] }));
}

/** What step 2 was left with; before that the panel's language, unless that is English, which most visitors' agents need not have. */
export function chosenLanguage(agent: Agent | null): string {
  const voice = stepData(agent, 2);
  if (voice.personality !== undefined) return voice.language ?? "";
  return language === "en" ? "" : language;
}

/** Suggestions of the agent's template in the language it speaks, or the panel's where it follows the visitor. */
export function suggestionsFor(agent: Agent | null, tag = chosenLanguage(agent)): TemplateWords | undefined {
  return templateWords(agent?.template_type, wordsLanguage(tag));
}
export const wordsLanguage = (tag: string): PromptLanguage => promptLanguage(tag || language) ?? "en";
