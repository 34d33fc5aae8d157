import { readFileSync } from "node:fs";
import { createAgent } from "../services/agents/create-agent.ts";
import { deleteAgent } from "../services/agents/delete-agent.ts";
import { createSubAgent } from "../services/sub-agents/create-sub-agent.ts";
import { findAdministrator, findCompany, refusalOf } from "./acting.ts";
import { agentsFile } from "./agents-file.ts";
import { CommandError, readStdin, type DatabaseCommand } from "./command.ts";

export const importCommand: DatabaseCommand = {
  name: "import",
  summary: "Make agents of what `renus export` has written",
  parameters: "FILE [--client COMPANY]",
  details: [
    "FILE may be - for stdin. The agents are drafts of one company: look at them in the panel and publish them there. A",
    "slug that is taken is replaced by a free one. All of them are made, or none.",
    "",
    "  --client  name or id of the company; may be left out while there is only one",
  ].join("\n"),
  options: { client: { type: "string" } },
  positionals: [1, 1],
  async readInput({ positionals }) {
    const [file] = positionals;
    if (file === "-") return readStdin();
    try {
      return readFileSync(file!, "utf8");
    } catch (err) {
      throw new CommandError(`${file} cannot be read (${(err as NodeJS.ErrnoException).code}).`);
    }
  },
  async runWith(deps, { values }, input) {
    const { agents } = readFile(input);
    const ctx = { ...deps, actor: await findAdministrator(deps) };
    const client_id = await findCompany(deps, values["client"] as string | undefined);
    const made: string[] = [];
    const lines: string[] = [];
    try {
      for (const { sub_agents, slug, ...body } of agents) {
        const taken = (err: unknown) => (err as { code?: string }).code === "SLUG_TAKEN";
        const agent = await createAgent(ctx, { ...body, client_id, slug }).catch((err: unknown) => {
          if (!taken(err)) throw refusalOf(err, body.name);
          return createAgent(ctx, { ...body, client_id });
        });
        made.push(agent.id);
        for (const one of sub_agents) await createSubAgent(ctx, { ...one, agent_id: agent.id });
        lines.push(`${agent.id}  ${agent.name}${slug !== undefined && slug !== agent.slug ? ` (${slug} was taken)` : ""}`);
      }
    } catch (err) {
      for (const id of made) await deleteAgent(ctx, { id });
      throw err;
    }
    return { code: 0, out: `${lines.join("\n")}\nDrafts: publish them in the panel.\n` };
  },
};

function readFile(input: string): ReturnType<typeof agentsFile.parse> {
  let value: unknown;
  try {
    value = JSON.parse(input);
  } catch {
    throw new CommandError("This is no JSON, so nothing was imported.");
  }
  const file = agentsFile.safeParse(value);
  if (file.success) return file.data;
  const issues = file.error.issues.slice(0, 10).map(({ path, message }) => `  ${path.join(".")}: ${message}`);
  throw new CommandError(`This is not what \`renus export\` writes, so nothing was imported:\n${issues.join("\n")}`);
}
