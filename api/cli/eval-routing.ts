import type { RoutingExample } from "../../protocol/resources.ts";
import { testRoute } from "../orchestrator/sandbox.ts";
import { findAgentTeam } from "../services/agents/find-agent-team.ts";
import { listRoutingExamples } from "../services/agents/list-routing-examples.ts";
import { findAdministrator, findAgentId } from "./acting.ts";
import { CommandError, UsageError, type DatabaseCommand } from "./command.ts";

const PAGE = 100;

export const evalCommand: DatabaseCommand = {
  name: "eval",
  summary: "Count how often an agent's router chooses the specialist that people said was right",
  parameters: "AGENT [--min PERCENT]",
  details: [
    "The examples are the corrections that operators made in the inbox. Each is routed anew, with the configured model (the",
    "scripted one without a key); the calls count towards the agent's limits. AGENT is its id or slug.",
    "",
    "  --min  exit code 1 when fewer percent are right; 0 unless set",
  ].join("\n"),
  options: { min: { type: "string", default: "0" } },
  positionals: [1, 1],
  async runWith(deps, { positionals, values }) {
    const min = Number(values["min"]);
    if (!(min >= 0 && min <= 100)) throw new UsageError("--min is a number of percent, 0 to 100.");
    const ctx = { ...deps, actor: await findAdministrator(deps) };
    const id = await findAgentId(deps, positionals[0]!);
    const team = await findAgentTeam(ctx, { id });
    const names = new Map<string | null, string>([[null, `${team.agent.name} (main agent)`]]);
    for (const { id: subAgentId, name } of team.subAgents) names.set(subAgentId, name);
    const examples: RoutingExample[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await listRoutingExamples(ctx, { agent_id: id, limit: PAGE, cursor });
      // A specialist that was deleted since cannot be chosen.
      examples.push(...page.data.filter(({ expected_sub_agent_id }) => names.has(expected_sub_agent_id)));
      if (page.next_cursor === null) break;
      cursor = page.next_cursor;
    }
    if (examples.length === 0) {
      throw new CommandError("There are no examples yet: correct the choice of a specialist in the inbox, and it becomes one.");
    }
    const score = new Map<string | null, { right: number; all: number }>();
    const wrong = new Map<string, number>();
    let failed = 0;
    for (const { text, expected_sub_agent_id: expected } of examples) {
      const trace = await testRoute(deps, { ...team, message: text });
      if (trace.error) failed++;
      const chosen = trace.chosen.kind === "sub_agent" ? trace.chosen.id : null;
      const entry = score.get(expected) ?? { right: 0, all: 0 };
      score.set(expected, { right: entry.right + Number(chosen === expected), all: entry.all + 1 });
      if (chosen === expected) continue;
      const pair = `${names.get(expected)} → ${names.get(chosen)}`;
      wrong.set(pair, (wrong.get(pair) ?? 0) + 1);
    }
    const right = [...score.values()].reduce((sum, entry) => sum + entry.right, 0);
    const percent = (100 * right) / examples.length;
    const row = (name: string, entry: { right: number; all: number }) =>
      `${`${((100 * entry.right) / entry.all).toFixed(0)} %`.padStart(6)}  ${`${entry.right} of ${entry.all}`.padEnd(12)}  ${name}`;
    const lines = [...score].map(([expected, entry]) => row(names.get(expected)!, entry));
    const out = [
      ...lines,
      row("all", { right, all: examples.length }),
      ...[...wrong].toSorted((a, b) => b[1] - a[1]).map(([pair, count]) => `        ${count} × ${pair}`),
      ...(failed > 0 ? [`The model gave no usable answer to ${failed} of them, and the main agent was chosen.`] : []),
      ...(percent < min ? [`That is below ${min} %.`] : []),
    ];
    return { code: percent < min ? 1 : 0, out: `${out.join("\n")}\n` };
  },
};
