import type { Agent } from "../../protocol/resources.ts";
import { deleteAgent, unpublishAgent } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { confirmAction } from "./confirm.ts";

/** What can be done with a whole agent, after a question by name. null and false: the person did not want to. */

export async function askAndPause(agent: Pick<Agent, "id" | "name">): Promise<Agent | null> {
  const isSure = await confirmAction({
    title: t("Pause “{name}”?", { name: agent.name }),
    text: t(
      "Its page, its QR code and the widget tell visitors that it is paused. You can publish it again at the same address.",
    ),
    action: t("Pause"),
    isDangerous: true,
  });
  return isSure ? unpublishAgent(agent.id) : null;
}

export async function askAndDelete(agent: Pick<Agent, "id" | "name">): Promise<boolean> {
  const isSure = await confirmAction({
    title: t("Delete “{name}”?", { name: agent.name }),
    text: t(
      "Its sub-agents, its conversations and its public page go with it, and printed QR codes lead nowhere. This cannot be undone.",
    ),
    action: t("Delete agent"),
    isDangerous: true,
    typed: agent.name,
  });
  if (isSure) await deleteAgent(agent.id);
  return isSure;
}
