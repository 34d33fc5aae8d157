import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { buildPreparedFolder } from "./db/prepared.ts";

const SCRIPT = `
  import { createRequire } from "node:module";
  const { pino } = await import("pino");
  const { readConfig } = await import("./api/config.ts");
  const { createDeps } = await import("./api/deps.ts");
  const isUsed = process.argv.at(-1) === "used";
  const deps = await createDeps(readConfig(process.env), pino({ level: "silent" }));
  if (isUsed) await deps.db.ping();
  await deps.close();
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  console.log("for traces:", loaded.filter((path) => /@opentelemetry.(sdk-trace|exporter|otlp)/.test(path)).length > 0);
  process.on("exit", () => console.log("ended by itself"));
`;

const COLLECTOR = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" };

test.each([
  ["used", {}, false],
  ["unused", COLLECTOR, true],
])(
  "a program that closes what it opened ends by itself, and loads what it needs: %s database, %j",
  async (mode, named, isTraced) => {
    await buildPreparedFolder();
    const dataDir = mkdtempSync(join(tmpdir(), "renus-close-"));
    try {
      const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", SCRIPT, mode], {
        cwd: join(import.meta.dirname, ".."),
        env: { PATH: process.env["PATH"], DATA_DIR: dataDir, PORT: "0", LOG_LEVEL: "silent", ...named },
        // Killed after this, which rejects.
        timeout: 30_000,
      });
      expect(stdout).toBe(`for traces: ${isTraced}\nended by itself\n`);
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
);
