import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Agent, PublicSession } from "../../protocol/resources.ts";
import { freePort } from "./kept-process.ts";

export const REAL_SERVER_EMAIL = "admin@example.test";
export const REAL_SERVER_PASSWORD = "a password for tests only";
export const REAL_SERVER_SECRET = "the secret of a server in a process of its own";

const ROOT = resolve(import.meta.dirname, "../..");
/** Built, where `npm test` has seen to that; a file of tests that is run by itself takes the sources. */
const ENTRY = process.env["TEST_SERVER"] ?? "api/main.ts";

/** The server as people run it: in a process of its own, which can be killed and started again on the same data. */
export interface RealServer {
  readonly url: string;
  /** Of its process now; undefined while it is down. */
  readonly pid: number | undefined;
  readonly dataDir: string;
  /** Everything its processes wrote to stdout and stderr. */
  output(): string;
  /** SIGKILL, unless another is named; resolves once the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** It does nothing for so long, as on a machine that swaps, and then goes on as if no time had passed. */
  freeze(ms: number): Promise<void>;
  /** Starts it again on the same port and data; resolves when it is ready. */
  start(): Promise<void>;
  /** Ends it and removes its data folder. */
  remove(): Promise<void>;
  /** JSON in, JSON out, with the administrator's token unless another is given; null sends none. Throws unless 2xx. */
  call<T>(method: string, path: string, body?: unknown, token?: string | null): Promise<T>;
  createPublishedAgent(body: Record<string, unknown>): Promise<Agent>;
  createSession(slug: string): Promise<PublicSession>;
}

/** `root`: another version of the project. `environment` is added to that of the process; everything this machine has set for a real server is left out. */
export async function startRealServer(environment: Record<string, string> = {}, root = ROOT): Promise<RealServer> {
  const dataDir = mkdtempSync(join(tmpdir(), "renus-real-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;
  let words = "";
  let token: Promise<string> | null = null;

  const start = async () => {
    const started = spawn(process.execPath, [root === ROOT ? ENTRY : "api/main.ts"], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
        HOST: "127.0.0.1",
        PORT: String(port),
        DATA_DIR: dataDir,
        JWT_SECRET: REAL_SERVER_SECRET,
        ADMIN_EMAIL: REAL_SERVER_EMAIL,
        ADMIN_PASSWORD: REAL_SERVER_PASSWORD,
        LOG_LEVEL: "error",
        ...environment,
      },
    });
    child = started;
    for (const pipe of [started.stdout!, started.stderr!])
      pipe.setEncoding("utf8").on("data", (chunk: string) => (words += chunk));
    const from = words.length;
    const deadline = Date.now() + 120_000;
    while (!(await isReady(url))) {
      if (started.exitCode !== null || Date.now() > deadline)
        throw new Error(
          `The server did not start (${started.exitCode ?? "it runs, and is not ready"}):\n${words.slice(from).slice(-4000)}`,
        );
      await new Promise((next) => setTimeout(next, 50));
    }
  };
  const kill = async (signal: NodeJS.Signals = "SIGKILL") => {
    const running = child;
    child = null;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((done) => running.once("close", done));
    running.kill(signal);
    await gone;
  };
  // Nobody is left behind when the tests themselves are stopped.
  process.once("exit", () => child?.kill("SIGKILL"));

  const send = async <T>(method: string, path: string, body: unknown, bearer: string | null): Promise<T> => {
    const res = await fetch(url + path, {
      method,
      headers: {
        ...(bearer === null ? {} : { Authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await res.text();
    if (!res.ok) throw new Error(`${method} ${path} → ${res.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  };
  const signIn = () =>
    (token ??= send<{ access_token: string }>(
      "POST",
      "/auth/v1/token?grant_type=password",
      { email: REAL_SERVER_EMAIL, password: REAL_SERVER_PASSWORD },
      null,
    ).then((session) => session.access_token));

  const server: RealServer = {
    url,
    get pid() {
      return child?.pid;
    },
    dataDir,
    async freeze(ms) {
      const frozen = child;
      frozen?.kill("SIGSTOP");
      await new Promise((next) => setTimeout(next, ms));
      frozen?.kill("SIGCONT");
    },
    output: () => words,
    kill,
    start,
    async remove() {
      await kill();
      rmSync(dataDir, { recursive: true, force: true });
    },
    call: async (method, path, body, bearer) => send(method, path, body, bearer === undefined ? await signIn() : bearer),
    async createPublishedAgent(body) {
      const agent = await server.call<Agent>("POST", "/agents", { name: "Test agent", ...body });
      return (await server.call<{ agent: Agent }>("POST", `/agents/${agent.id}/publish`)).agent;
    },
    createSession: (slug) => server.call("POST", `/public/agents/${slug}/sessions`, {}, null),
  };
  await start().catch(async (err: unknown) => {
    await server.remove();
    throw err;
  });
  return server;
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5000) }).then(
    (res) => res.ok,
    () => false,
  );
}
