import { z } from "zod";
import { agentCreateBody, subAgentCreateBody } from "../../protocol/requests.ts";

/**
 * Agents with their sub-agents as they move between installations: what people wrote, and nothing that belongs to one place (ids,
 * company, secrets, visits, conversations).
 */
const agentEntry = agentCreateBody
  .omit({ client_id: true })
  .extend({ sub_agents: z.array(subAgentCreateBody).max(200).default([]) });
export const agentsFile = z.object({
  format: z.literal("renus-agents"),
  version: z.literal(1),
  agents: z.array(agentEntry).min(1).max(1000),
});
