import { spawn } from "node:child_process";
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

/** Milliseconds until it is ready. SIGKILL, so that the next one finds what a crash leaves, as after any power cut. */
async function startOurs(dataDir: string): Promise<number> {
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
  const ms = performance.now() - startedAt;
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("close", resolve));
  return ms;
}

async function startBare(folder: string): Promise<number> {
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
  const ms = performance.now() - startedAt;
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("close", resolve));
  return ms;
}

const times = { firstOurs: [] as number[], firstBare: [] as number[], againOurs: [] as number[], againBare: [] as number[] };
try {
  for (let round = 0; round < rounds; round++) {
    const dataDir = join(scratch, `data-${round}`);
    const folder = join(scratch, `bare-${round}`);
    times.firstOurs.push(await startOurs(dataDir));
    const copiedAt = performance.now();
    await copyPreparedFolder(prepared, folder);
    const copyMs = performance.now() - copiedAt;
    times.firstBare.push(copyMs + (await startBare(folder)));
    times.againOurs.push(await startOurs(dataDir));
    times.againBare.push(await startBare(folder));
    await rm(dataDir, { recursive: true });
    await rm(folder, { recursive: true });
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
const row = (name: string, ours: readonly number[], bare: readonly number[]) => [
  name,
  `${whole(median(ours))} (${whole(Math.min(...ours))} … ${whole(Math.max(...ours))})`,
  `${whole(median(bare))} (${whole(Math.min(...bare))} … ${whole(Math.max(...bare))})`,
  `${(median(ours) / median(bare)).toFixed(2)} ×`,
];
printTable(
  ["ms until ready", "Renus", "PGlite alone", `ratio, aim ${RATIO_AIM} ×`],
  [row("the first time ever", times.firstOurs, times.firstBare), row("data is there", times.againOurs, times.againBare)],
);
