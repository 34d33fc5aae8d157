import { ConfigError, readConfig, type Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import type { DatabaseCommand, LocalCommand } from "./command.ts";
import { askServer } from "./control.ts";
import { problem, report, type Finding } from "./doctor/finding.ts";
import { checkDataFolder, checkDisk, checkNode, checkSecret } from "./doctor/machine.ts";

export const doctorCommand: LocalCommand & DatabaseCommand = {
  name: "doctor",
  summary: "Look for common mistakes and say what to do about them",
  parameters: "",
  details: [
    "Looks at Node, the environment, DATA_DIR, secrets, the disk, the database and its migrations, Redis, the model (one",
    "short question), PUBLIC_URL from outside, WebSockets through it, clocks, and agents that any website may show. A",
    "server that has the embedded database open is asked to look for itself. Changes nothing. Exit code 1: a problem.",
  ].join("\n"),
  options: {},
  positionals: [0, 0],
  async run(call) {
    let config: Config;
    try {
      config = readConfig();
    } catch (err) {
      return report([checkNode(), ...describe(err)]);
    }
    if (config.databaseUrl === null) {
      const answered = await askServer(config.dataDir, { name: doctorCommand.name, call, input: "" });
      if (answered) return answered;
    }
    return report(await examine(config, null));
  },
  runWith: async ({ config, db }) => report(await examine(config, db)),
};

function describe(err: unknown): Finding[] {
  if (err instanceof ConfigError) return err.problems.map((words) => problem("Environment", words));
  const { code, path, message } = err as NodeJS.ErrnoException;
  if (code === undefined) throw err;
  return [
    problem(
      "DATA_DIR",
      `${path ?? "It"} cannot be written or read (${message}). Let the user that runs the server own the folder.`,
    ),
  ];
}

async function examine(config: Config, open: Database | null): Promise<Finding[]> {
  const [{ checkDatabase }, { checkPublicUrl, checkScheme }, { checkModel, checkRedis }] = await Promise.all([
    import("./doctor/database.ts"),
    import("./doctor/network.ts"),
    import("./doctor/parts.ts"),
  ]);
  const folder = checkDataFolder(config.dataDir);
  const [database, redis, model, publicUrl] = await Promise.all([
    checkDatabase(config, open),
    checkRedis(config.redisUrl),
    checkModel(config),
    checkPublicUrl(config),
  ]);
  const found = [
    checkNode(),
    folder,
    folder.level === "ok" ? checkDisk(config.dataDir) : null,
    checkSecret(config),
    ...database,
    redis,
    model,
    checkScheme(config.publicUrl),
    ...publicUrl,
  ];
  return found.filter((finding) => finding !== null);
}
