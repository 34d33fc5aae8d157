import { userCreateBody } from "../../protocol/requests.ts";
import type { UserActor } from "../db/actor.ts";
import { generatePassword } from "../lib/passwords.ts";
import { createUser } from "../services/users/create-user.ts";
import { findCompany } from "./acting.ts";
import { readStdin, UsageError, type DatabaseCommand } from "./command.ts";

/** Whoever may read the server's secrets may do what an administrator may. */
const OPERATOR: UserActor = {
  kind: "user",
  user_id: "00000000-0000-0000-0000-000000000000",
  role: "admin",
  client_id: null,
  email: "",
  name: null,
  session_id: null,
};

export const userAddCommand: DatabaseCommand = {
  name: "user add",
  summary: "Add a person who may sign in to the panel",
  parameters: "EMAIL [--role admin|client] [--client COMPANY] [--name NAME] [--password-stdin]",
  details: [
    "  --role            admin: everything. client (unless set): the agents and conversations of one company",
    "  --client          name or id of the company; may be left out while there is only one",
    "  --name            as others see it",
    "  --password-stdin  the password is the first line of stdin; otherwise one is made and printed this once.",
    "                    Not with Supabase, which mails a link to choose one",
  ].join("\n"),
  options: {
    role: { type: "string", default: "client" },
    client: { type: "string" },
    name: { type: "string" },
    "password-stdin": { type: "boolean" },
  },
  positionals: [1, 1],
  readInput: async ({ values }) => (values["password-stdin"] ? (await readStdin()).split(/\r?\n/)[0]! : ""),
  async runWith(deps, { positionals, values }, input) {
    // With Supabase Auth people choose their own, by the link that is mailed to them.
    const generated = deps.config.supabase || values["password-stdin"] ? undefined : generatePassword();
    const password = values["password-stdin"] ? input : generated;
    const { email, name, role } = { email: positionals[0], name: values["name"], role: values["role"] };
    const body = userCreateBody.safeParse({ email, name, role, password });
    if (!body.success)
      throw new UsageError(body.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("\n"));
    const clientId = role === "client" ? await findCompany(deps, values["client"] as string | undefined) : null;
    const user = await createUser({ ...deps, actor: OPERATOR }, { ...body.data, client_id: clientId });
    const words = [`${user.email} may sign in at ${deps.config.publicUrl}/admin/ with the role ${user.role}.`];
    if (generated) words.push(`Password: ${generated}`, "It is shown only this once.");
    else if (deps.config.supabase)
      words.push("Who had no account in the Supabase project yet is mailed a link to choose a password.");
    return { code: 0, out: `${words.join("\n")}\n` };
  },
};
