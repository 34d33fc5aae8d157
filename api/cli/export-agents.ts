import type { SubAgent } from "../../protocol/resources.ts";
import { SYSTEM } from "../db/actor.ts";
import { findAgentTeam } from "../services/agents/find-agent-team.ts";
import { toAgent } from "../services/agents/to-agent.ts";
import { toSubAgent } from "../services/sub-agents/to-sub-agent.ts";
import { findAdministrator, findAgentId } from "./acting.ts";
import { agentsFile } from "./agents-file.ts";
import { CommandError, type DatabaseCommand } from "./command.ts";

export const exportCommand: DatabaseCommand = {
  name: "export",
  summary: "Write agents with their sub-agents to stdout, as JSON",
  parameters: "[AGENT …]",
  details: [
    "All of them, or those whose ids or slugs are given. Without visits, conversations and what is named like a secret: it",
    "is for another installation, or for a version history. `renus import` reads it. What saves everything is `renus backup`.",
  ].join("\n"),
  options: {},
  positionals: [0, 1000],
  async runWith(deps, { positionals }) {
    const ctx = { ...deps, actor: await findAdministrator(deps) };
    const ids =
      positionals.length > 0
        ? await Promise.all(positionals.map((wanted) => findAgentId(deps, wanted)))
        : (
            await deps.db.as(SYSTEM, (trx) => trx.selectFrom("agents").select("id").orderBy("created_at").orderBy("id").execute())
          ).map(({ id }) => id);
    const agents = [];
    for (const id of ids) {
      const { agent: row, subAgents } = await findAgentTeam(ctx, { id });
      const { name, description, slug, model, system_prompt, channel, template_type, config, public_url } = toAgent(
        row,
        deps.config,
      );
      agents.push({
        name,
        description: description ?? undefined,
        // One that was never public has a slug that says nothing.
        slug: public_url === null ? undefined : slug,
        model,
        system_prompt,
        channel,
        template_type,
        config: withoutSecrets(config),
        sub_agents: subAgents.map((one) => withoutPlace(toSubAgent(one))),
      });
    }
    if (agents.length === 0) throw new CommandError("There is no agent to export.");
    const file = agentsFile.safeParse({ format: "renus-agents", version: 1, agents });
    if (!file.success) {
      const [issue] = file.error.issues;
      throw new CommandError(
        `An old row could not be read back: ${issue!.path.join(".")}: ${issue!.message} Correct it in the panel, then export again.`,
      );
    }
    return { code: 0, out: `${JSON.stringify(file.data, null, 2)}\n` };
  },
};

const SECRET = /secret|token|password|api_?key|credential|authorization/i;
/** Integrations are free-form: what is named like a secret stays where it is. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key, of]) => typeof of !== "string" || !SECRET.test(key));
  return Object.fromEntries(kept.map(([key, of]) => [key, withoutSecrets(of)]));
}

function withoutPlace({ id: _, agent_id: __, created_at: ___, updated_at: ____, description, ...rest }: SubAgent): object {
  return { ...rest, description: description ?? undefined };
}
