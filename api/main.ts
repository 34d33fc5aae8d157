import { flushCompileCache } from "node:module";
import { pino } from "pino";
import { ConfigError, readConfig } from "./config.ts";
import { openDatabase } from "./db/open.ts";
import { DatabaseStartError } from "./db/start-error.ts";
import type { RunningServer } from "./server.ts";

/** How long a stop may take before the process ends anyway; container hosts kill after 10 s. */
const STOP_MS_MAX = 8000;

// Words for a person go to stderr: stdout is JSON lines and stays so.
const say = (words: string) => process.stderr.write(`${words}\n`);

async function main(): Promise<void> {
  const config = readConfig();
  const log = pino({ level: config.logLevel }, pino.destination({ fd: 1, sync: true }));
  const opening = openDatabase(config, log);
  // Heard of below; until then a failure is nobody's.
  opening.catch(() => {});
  const { createDeps, ensureFirstAdministrator, listenForCommands, sealSecrets, seedDemo, startServer, welcome } =
    await loadParts();
  const db = await opening;
  // The database answers while the parts are put together.
  const asking = ensureFirstAdministrator({ db, config, log });
  asking.catch(() => {});
  const deps = await createDeps(config, log, { db });
  let server: RunningServer;
  let commands: Awaited<ReturnType<typeof listenForCommands>> | null = null;
  try {
    const administrator = await asking;
    // A database server is somebody's own; only the embedded one starts with something to look at.
    if (administrator && deps.db.kind === "pglite") await seedDemo(deps);
    server = await startServer(deps);
    if (deps.db.kind === "pglite") commands = await listenForCommands(deps);
    const origin = config.port === 0 ? server.url : config.publicUrl;
    say(await welcome({ db: deps.db, origin, administrator, isTerminal: process.stderr.isTTY === true }));
    log.info({ url: server.url, database: deps.db.kind }, "listening");
  } catch (err) {
    await deps.close();
    throw err;
  }

  let isStopping = false;
  const stop = async (signal: string) => {
    // A second signal is somebody who does not want to wait.
    if (isStopping) process.exit(130);
    isStopping = true;
    log.info({ signal }, "stopping");
    setTimeout(() => process.exit(1), STOP_MS_MAX).unref();
    try {
      await server.stop();
      await commands?.close();
      await deps.close();
      process.exit(0);
    } catch (err) {
      log.error({ err: { message: (err as Error).message } }, "stopping failed");
      process.exit(1);
    }
  };
  process.on("SIGTERM", (signal) => void stop(signal));
  process.on("SIGINT", (signal) => void stop(signal));

  // Else Node writes it at an orderly end, which a container that is killed never has.
  flushCompileCache();
  // Nobody has to wait for it: a secret that is not sealed yet can be read as well.
  await sealSecrets(deps).catch((err: Error) => {
    if (!isStopping) log.error({ err: { message: err.message } }, "secrets could not be sealed");
  });
}

/** All else that a start needs. It takes about as long to load as the database to open, in a thread or a process of its own meanwhile. */
async function loadParts() {
  const parts = await Promise.all([
    import("./deps.ts"),
    import("./server.ts"),
    import("./cli/control-server.ts"),
    import("./services/agents/seal-secrets.ts"),
    import("./services/auth/ensure-first-administrator.ts"),
    import("./services/demo/seed-demo.ts"),
    import("./welcome.ts"),
  ]);
  const [deps, server, control, secrets, administrator, demo, words] = parts;
  return { ...deps, ...server, ...control, ...secrets, ...administrator, ...demo, ...words };
}

try {
  await main();
} catch (err) {
  say(inWords(err));
  process.exit(1);
}

function inWords(err: unknown): string {
  if (err instanceof ConfigError || err instanceof DatabaseStartError) return err.message;
  const { code, message, stack } = err as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return `${message}. Another program listens there: stop it, or choose another PORT.`;
  return code === undefined ? (stack ?? String(err)) : `The server could not start: ${message}`;
}
