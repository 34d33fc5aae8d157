import { spawn } from "node:child_process";
import { resolve } from "node:path";

/** Built, where `npm test` has seen to that: a start costs a third. A file of tests that is run by itself takes the sources. */
const PROGRAM = resolve(import.meta.dirname, process.env["TEST_SERVER"] ? "../../dist/server/cli.js" : "../../bin/renus.mjs");

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program and waits for its end. `environment` is all it gets but PATH and HOME; `input` is its stdin. Started in
 * the folder `cwd`.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  { environment = {}, input = "", cwd = import.meta.dirname }: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(program, args, {
    cwd,
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
      ...environment,
    },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  // A program that does not read its stdin may have ended before it was written.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => done({ code, stdout, stderr }));
  });
}
export interface CommandOptions {
  environment?: Record<string, string>;
  input?: string;
  cwd?: string;
}

/** `renus …` as people type it. */
export const renus = (args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> =>
  runProgram(process.execPath, [PROGRAM, ...args], options);
