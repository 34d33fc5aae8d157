import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPreparedFolder, copyPreparedFolder } from "../api/db/prepared.ts";
import { freePort } from "../tests/support/kept-process.ts";
import { median, numberOption, printTable, whole } from "./figures.ts";

/**
 * From the start of the process until `/readyz` says yes, beside a process that opens the same embedded database, asks it one thing and
 * does nothing else: on data that is there, and the first time ever, where both begin with a copy of the prepared folder. `--rounds=5`
 */

const rounds = numberOption("rounds", 5);
const RATIO_AIM = 1.3;
const prepared = await buildPreparedFolder();
const scratch = await mkdtemp(join(tmpdir(), "renus-cold-"));

interface Start {
  ms: number;
  /** Of the processor, over all threads: on a busy machine it says more. */
  cpuMs: number;
}

/** Until it is ready. SIGKILL, so that the next one finds what a crash leaves, as after any power cut. */
async function startOurs(dataDir: string): Promise<Start> {
  const port = await freePort();
  const startedAt = performance.now();
  const child = spawn(process.execPath, ["dist/server/main.js"], {
    cwd: join(import.meta.dirname, ".."),
    stdio: "ignore",
    env: {
      PATH: process.env["PATH"],
      PORT: String(port),
      DATA_DIR: dataDir,
      LOG_LEVEL: "silent",
      // As `npm start` has it, and runs it.
      NODE_COMPILE_CACHE: join(import.meta.dirname, "../.cache/compiled"),
      ADMIN_PASSWORD: "a password for a benchmark",
    },
  });
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      (res) => res.ok,
      () => false,
    );
  while (!(await isReady())) await new Promise((resolve) => setTimeout(resolve, 20));
  const start = { ms: performance.now() - startedAt, cpuMs: cpuMsOf(child.pid!) };
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("close", resolve));
  return start;
}

async function startBare(folder: string): Promise<Start> {
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `import { PGlite } from "@electric-sql/pglite";
       const db = await PGlite.create(${JSON.stringify(folder)});
       await db.query("select count(*) from public.agents");
       process.stdout.write("ready");
       setInterval(() => {}, 1000);`,
    ],
    { cwd: join(import.meta.dirname, ".."), stdio: ["ignore", "pipe", "inherit"] },
  );
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const start = { ms: performance.now() - startedAt, cpuMs: cpuMsOf(child.pid!) };
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("close", resolve));
  return start;
}

/** From Linux, which counts in hundredths of a second. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

const times = { firstOurs: [] as Start[], firstBare: [] as Start[], againOurs: [] as Start[], againBare: [] as Start[] };
try {
  for (let round = 0; round < rounds; round++) {
    const dataDir = join(scratch, `data-${round}`);
    const folder = join(scratch, `bare-${round}`);
    times.firstOurs.push(await startOurs(dataDir));
    const [copiedAt, cpuBefore] = [performance.now(), process.cpuUsage()];
    await copyPreparedFolder(prepared, folder);
    const [copyMs, copyCpu] = [performance.now() - copiedAt, process.cpuUsage(cpuBefore)];
    const bare = await startBare(folder);
    times.firstBare.push({ ms: copyMs + bare.ms, cpuMs: (copyCpu.user + copyCpu.system) / 1000 + bare.cpuMs });
    times.againOurs.push(await startOurs(dataDir));
    times.againBare.push(await startBare(folder));
    await rm(dataDir, { recursive: true });
    await rm(folder, { recursive: true });
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
const row = (name: string, key: keyof Start, ours: readonly Start[], bare: readonly Start[]) => {
  const cell = (values: readonly number[]) =>
    `${whole(median(values))} (${whole(Math.min(...values))} … ${whole(Math.max(...values))})`;
  const [a, b] = [ours.map((start) => start[key]), bare.map((start) => start[key])];
  return [name, cell(a), cell(b), `${(median(a) / median(b)).toFixed(2)} ×`];
};
printTable(
  ["until ready", "Renus", "PGlite alone", `ratio, aim ${RATIO_AIM} ×`],
  [
    row("the first time ever, ms", "ms", times.firstOurs, times.firstBare),
    row("of the processor", "cpuMs", times.firstOurs, times.firstBare),
    row("data is there, ms", "ms", times.againOurs, times.againBare),
    row("of the processor", "cpuMs", times.againOurs, times.againBare),
  ],
);
