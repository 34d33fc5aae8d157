import type { ParseArgsOptionsConfig } from "node:util";
import type { Deps } from "../deps.ts";

/** What was typed, after its options were read. */
export interface Call {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
}

/** `out` goes to stdout. `code` 0: fine, 1: it ran and the answer is no. */
export interface Outcome {
  readonly code: 0 | 1;
  readonly out: string;
}

interface CommandBase {
  /** As it is typed, such as `user add`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows the name in the line of usage. */
  readonly parameters: string;
  /** Everything else `--help` says; lines of at most 100 characters. */
  readonly details: string;
  readonly options: ParseArgsOptionsConfig;
  /** Least and most arguments that are no options. */
  readonly positionals: readonly [number, number];
}

/** Runs in the process that was started and opens for itself what it needs. */
export interface LocalCommand extends CommandBase {
  run(call: Call): Promise<Outcome>;
}

/** Needs the database: runs inside the server where one has the embedded database open, else in the process that was started. */
export interface DatabaseCommand extends CommandBase {
  /** Reads what comes with the call (a file, stdin) in the process that was started. */
  readInput?(call: Call): Promise<string>;
  runWith(deps: Deps, call: Call, input: string): Promise<Outcome>;
}

export type Command = LocalCommand | DatabaseCommand;

/** It was asked wrongly: exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** It could not be done, in words: exit code 1. */
export class CommandError extends Error {
  override name = "CommandError";
}

/** All of stdin as text. */
export async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
