import { chmodSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { AppError } from "../errors.ts";
import type { Deps } from "../deps.ts";
import { CommandError, UsageError, type Call } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { readAll, socketPath, type ControlReply, type ControlRequest } from "./control.ts";

/** Bytes of a socket's name; the system takes 107 on Linux, 103 on macOS. */
const PATH_BYTES_MAX = 103;

/** Runs commands for other processes. The caller holds the folder's lock, so a socket that is there is left over. */
export async function listenForCommands(deps: Deps): Promise<{ close(): Promise<void> }> {
  const path = socketPath(deps.config.dataDir);
  if (process.platform === "win32" || Buffer.byteLength(path) > PATH_BYTES_MAX) {
    deps.log.warn("commands have to wait until this server is stopped: the name of DATA_DIR is too long for a socket in it");
    return { close: () => Promise.resolve() };
  }
  const server = createServer((req, res) => {
    const answering = req.method === "GET" ? deps.db.dump!() : answer(deps, req);
    answering.then(
      (body) => res.writeHead(200).end(body),
      (err: unknown) => {
        deps.log.error({ err: { message: (err as Error).message } }, "a command failed");
        res.writeHead(500).end();
      },
    );
  });
  rmSync(path, { force: true });
  // Nobody else may connect, not even in the moment before chmod.
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(path, resolve));
  } finally {
    process.umask(before);
  }
  chmodSync(path, 0o600);
  return {
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(deps: Deps, req: IncomingMessage): Promise<string> {
  const { name, call, input } = JSON.parse((await readAll(req)).toString("utf8")) as ControlRequest;
  const reply = await runNamed(deps, name, call, input).catch((err: unknown): ControlReply => {
    if (err instanceof AppError || err instanceof CommandError || err instanceof UsageError)
      return { error: err.message, isUsage: err instanceof UsageError };
    deps.log.error({ err: { message: (err as Error).message }, command: name }, "a command failed");
    return { error: "It failed; the server's log says more.", isUsage: false };
  });
  return JSON.stringify(reply);
}

async function runNamed(deps: Deps, name: string, call: Call, input: string): Promise<ControlReply> {
  const command = COMMANDS.find((one) => one.name === name);
  if (!command || !("runWith" in command))
    throw new CommandError(`The server that runs does not know “${name}”: it is of another version. Start it anew.`);
  return command.runWith(deps, call, input);
}
