import { ConfigError, readConfig } from "../config.ts";
import { DatabaseStartError } from "../db/start-error.ts";
import { AppError } from "../errors.ts";
import { CommandError, UsageError, type Call, type Command, type DatabaseCommand, type Outcome } from "./command.ts";
import { findCommand, helpOf, overview, readCall, usageOf } from "./commands.ts";
import { askServer } from "./control.ts";

/** `renus COMMAND …`: words to stderr when it fails; no stack, and no message of a visitor, ever. */
async function main(words: readonly string[]): Promise<Outcome["code"] | 2> {
  const found = findCommand(words);
  const isHelp = words.some((word) => word === "--help" || word === "-h");
  if (words[0] === "help" || (!found && isHelp)) {
    const about = findCommand(words.slice(1));
    process.stdout.write(`${about ? helpOf(about.command) : overview()}\n`);
    return 0;
  }
  if (!found) {
    const problem = words.length === 0 ? "" : `There is no command “${words[0]}”.\n\n`;
    process.stderr.write(`${problem}${overview()}\n`);
    return 2;
  }
  if (isHelp) {
    process.stdout.write(`${helpOf(found.command)}\n`);
    return 0;
  }
  try {
    const { code, out } = await run(found.command, found.rest);
    process.stdout.write(out);
    return code;
  } catch (err) {
    const isUsage = err instanceof UsageError;
    const { command } = found;
    process.stderr.write(`${inWords(err)}\n${isUsage ? `\n${usageOf(command)}\n` : ""}`);
    return isUsage ? 2 : 1;
  }
}

async function run(command: Command, words: readonly string[]): Promise<Outcome> {
  const call = readCall(command, words);
  if ("run" in command) return command.run(call);
  return runWithDatabase(command, call, (await command.readInput?.(call)) ?? "");
}

async function runWithDatabase(command: DatabaseCommand, call: Call, input: string): Promise<Outcome> {
  const config = readConfig();
  const answered = config.databaseUrl === null ? await askServer(config.dataDir, { name: command.name, call, input }) : null;
  if (answered) return answered;
  // Half a second of modules that help and refusals do without.
  const [{ createDeps }, { pino }] = await Promise.all([import("../deps.ts"), import("pino")]);
  const deps = await createDeps(config, pino({ level: "silent" }));
  try {
    return await command.runWith(deps, call, input);
  } finally {
    await deps.close();
  }
}

function inWords(err: unknown): string {
  const { code, message } = err as NodeJS.ErrnoException;
  const isWorded = [UsageError, CommandError, ConfigError, DatabaseStartError, AppError].some((kind) => err instanceof kind);
  return isWorded || code === undefined ? message : `It could not be done: ${message}`;
}

const code = await main(process.argv.slice(2));
// Not at once: what was written to a pipe may still be on its way.
process.exitCode = code;
process.stdout.write("", () => process.exit(code));
