import type { Agent } from "../../protocol/resources.ts";

/** Tells the page around that its agent is another now. */
export function announceAgent(from: HTMLElement, agent: Agent): void {
  from.dispatchEvent(new CustomEvent("agent-change", { detail: agent, bubbles: true }));
}
