import { execFile, spawn } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test, vi } from "vitest";
import { freePort } from "./support/kept-process.ts";
import { isLong } from "./support/long.ts";

/**
 * The container image: built where an engine runs; else the steps of the Dockerfile are carried out one by one, each stage in a
 * folder that stands for its file system, and what comes out is started. It installs all packages anew, so it is a long test.
 */

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "renus-image-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const hasEngine = await run("docker", ["info"]).then(
  () => true,
  () => false,
);

test.runIf(isLong && hasEngine)("the image builds", { timeout: 900_000 }, async () => {
  await run("docker", ["build", "--tag", "renus-test", "."], { cwd: ROOT, maxBuffer: 2 ** 26 });
});

interface Stage {
  root: string;
  workdir: string;
  environment: Record<string, string>;
  command: string[];
  healthcheck: string[];
}

/** Paths of the image, in a command, as paths of this machine. */
const inside = (stage: Stage, words: string) =>
  words.replace(/(?<![\w.-])\/(?=(?:app|data|usr\/local\/bin)\b)/g, `${stage.root}/`);

async function copyContext(target: string): Promise<void> {
  // What an engine sends: the clone without what .dockerignore names, none of which is tracked.
  const { stdout } = await run("git", ["ls-files", "-z"], { cwd: ROOT, maxBuffer: 2 ** 24 });
  for (const path of stdout.split("\0").filter(Boolean)) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    cpSync(join(ROOT, path), join(target, path));
  }
}

async function build(): Promise<Stage> {
  const stages = new Map<string, Stage>();
  let stage: Stage | null = null;
  for (const line of readFileSync(join(ROOT, "Dockerfile"), "utf8").split("\n")) {
    const [, instruction, rest] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    if (instruction === "FROM") {
      const name = / AS (\w+)$/.exec(rest!)?.[1] ?? "final";
      const root = join(folder, name);
      for (const path of ["app", "usr/local/bin"]) mkdirSync(join(root, path), { recursive: true });
      stage = { root, workdir: root, environment: {}, command: [], healthcheck: [] };
      stages.set(name, stage);
      continue;
    }
    if (!instruction || !stage) continue;
    if (instruction === "WORKDIR") stage.workdir = join(stage.root, rest!);
    else if (instruction === "ENV") {
      for (const [, name, value] of rest!.matchAll(/(\w+)=(\S+)/g)) stage.environment[name!] = value!;
    } else if (instruction === "COPY") {
      const from = /--from=(\w+)/.exec(rest!)?.[1];
      const [target, ...sources] = rest!
        .split(" ")
        .filter((word) => !word.startsWith("--"))
        .toReversed();
      const to = join(stage.workdir, target!);
      if (sources.length === 1 && sources[0] === ".") await copyContext(to);
      else
        for (const source of sources) {
          const path = from ? join(stages.get(from)!.root, source) : join(ROOT, source);
          cpSync(path, target!.endsWith("/") ? join(to, source.split("/").at(-1)!) : to, {
            recursive: true,
            verbatimSymlinks: true,
          });
        }
    } else if (instruction === "RUN") {
      const owner = `${process.getuid!()}:${process.getgid!()}`;
      const command = inside(stage, rest!).replaceAll("node:node", owner);
      await run("sh", ["-c", command], {
        cwd: stage.workdir,
        maxBuffer: 2 ** 26,
        env: { PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`, HOME: process.env["HOME"], ...stage.environment },
      });
    } else if (instruction === "CMD") stage.command = JSON.parse(rest!) as string[];
    else if (instruction === "HEALTHCHECK") stage.healthcheck = JSON.parse(/ CMD (\[.*\])$/.exec(rest!)![1]!) as string[];
    // What says nothing about files: USER, VOLUME, EXPOSE.
    else expect(["USER", "VOLUME", "EXPOSE"]).toContain(instruction);
  }
  return stages.get("final")!;
}

test.runIf(isLong && !hasEngine)(
  "each step of the Dockerfile can be carried out; what comes out starts, is healthy and stops",
  { timeout: 900_000 },
  async () => {
    const stage = await build();
    chmodSync(join(stage.root, "app"), 0o555);
    const environment = {
      PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
      ...stage.environment,
      HOST: "127.0.0.1",
      PORT: String(await freePort()),
      DATA_DIR: join(stage.root, "data"),
    };
    const child = spawn(stage.command[0]!, stage.command.slice(1), { cwd: stage.workdir, env: environment, stdio: "ignore" });
    const ended = new Promise<number | null>((done) => child.once("close", done));
    try {
      const [check, ...args] = stage.healthcheck;
      await vi.waitFor(() => run(check!, args, { env: environment }), { timeout: 90_000, interval: 500 });
      for (const path of ["/widget/v1.js", "/admin/", "/docs"])
        expect((await fetch(`http://127.0.0.1:${environment.PORT}${path}`)).status, path).toBe(200);
      const { stdout } = await run(join(stage.root, "usr/local/bin/renus"), ["--help"], { env: environment });
      expect(stdout).toContain("Usage: renus COMMAND");
      child.kill("SIGTERM");
      expect(await ended).toBe(0);
    } finally {
      child.kill("SIGKILL");
    }
  },
);
