import { parseArgs } from "node:util";
import { UsageError, type Call, type Command } from "./command.ts";
import { backupCommand } from "./backup.ts";
import { doctorCommand } from "./doctor.ts";
import { evalCommand } from "./eval-routing.ts";
import { exportCommand } from "./export-agents.ts";
import { importCommand } from "./import-agents.ts";
import { migrateCommand } from "./migrate.ts";
import { restoreCommand } from "./restore.ts";
import { startCommand } from "./start.ts";
import { userAddCommand } from "./user-add.ts";

export const COMMANDS: readonly Command[] = [
  startCommand,
  migrateCommand,
  doctorCommand,
  backupCommand,
  restoreCommand,
  exportCommand,
  importCommand,
  userAddCommand,
  evalCommand,
];

/** The command that the words begin with, and the words after its name. */
export function findCommand(words: readonly string[]): { command: Command; rest: string[] } | null {
  for (const command of COMMANDS) {
    const name = command.name.split(" ");
    if (name.every((word, index) => words[index] === word)) return { command, rest: words.slice(name.length) };
  }
  return null;
}

/** Throws UsageError. */
export function readCall(command: Command, words: readonly string[]): Call {
  try {
    const { values, positionals } = parseArgs({ args: [...words], options: command.options, allowPositionals: true });
    const [least, most] = command.positionals;
    if (positionals.length < least) throw new UsageError("Something is missing.");
    if (positionals.length > most) throw new UsageError(`“${positionals[most]}” is one argument too many.`);
    return { values: values as Call["values"], positionals };
  } catch (err) {
    throw err instanceof UsageError ? err : new UsageError(inOwnWords(err as NodeJS.ErrnoException));
  }
}

/** Node's messages go on about its own parser. */
function inOwnWords({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION")
    return `There is no option ${/'(-[^' ]*)'/.exec(message)?.[1] ?? "of this name"}.`;
  return `${message.split(". ")[0]!.replace(/\.$/, "")}.`;
}

export function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  return [
    "Usage: renus COMMAND [OPTIONS]",
    "",
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "renus COMMAND --help says more about one of them. The environment, and a file .env in the folder it is started in,",
    "say which installation is meant: the server's own are right. Exit codes: 0 fine, 1 failed, 2 wrong usage.",
  ].join("\n");
}

export const usageOf = ({ name, parameters }: Command) => `Usage: ${["renus", name, parameters].filter(Boolean).join(" ")}`;

export function helpOf(command: Command): string {
  const { summary, details } = command;
  return [usageOf(command), "", `${summary}.`, ...(details ? ["", details] : [])].join("\n");
}
