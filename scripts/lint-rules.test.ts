import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";

/** Each rule of docs/architecture.md, broken once in a folder of its own: path → what it imports or does → the rule that refuses. */
const REFUSED: [path: string, source: string, rule: string][] = [
  ["protocol/codes.ts", `import "./frames.ts";`, "no-restricted-imports"],
  ["protocol/frames.ts", `import { a } from "../api/a.ts"; a;`, "no-restricted-imports"],
  ["client/zod.ts", `import { z } from "zod"; z;`, "no-restricted-imports"],
  ["client/value.ts", `import { frame } from "../protocol/frames.ts"; frame;`, "no-restricted-imports"],
  ["client/up.ts", `import { a } from "../widget/a.ts"; a;`, "no-restricted-imports"],
  ["widget/loader.ts", `import { a } from "../client/a.ts"; a;`, "no-restricted-imports"],
  ["widget/launcher.ts", `import { a } from "./options.ts"; a;`, "no-restricted-imports"],
  ["widget/value.ts", `import { a } from "../protocol/resources.ts"; a;`, "no-restricted-imports"],
  ["widget/library.ts", `import { a } from "marked"; a;`, "no-restricted-imports"],
  ["widget/package/react.ts", `import { a } from "react-dom"; a;`, "no-restricted-imports"],
  ["widget/package/index.ts", `import { a } from "react"; a;`, "no-restricted-imports"],
  ["widget/markup.ts", `document.body.innerHTML = "a";`, "no-restricted-properties"],
  ["admin/widget.ts", `import { a } from "../widget/a.ts"; a;`, "no-restricted-imports"],
  ["admin/pages/server.ts", `import { a } from "../../api/a.ts"; a;`, "no-restricted-imports"],
  ["api/lib/up.ts", `import { a } from "../services/a.ts"; a;`, "no-restricted-imports"],
  ["api/db/up.ts", `import { a } from "../routes/a.ts"; a;`, "no-restricted-imports"],
  ["api/services/agents/http.ts", `import { a } from "hono"; a;`, "no-restricted-imports"],
  ["api/services/agents/socket.ts", `import { a } from "ws"; a;`, "no-restricted-imports"],
  ["api/services/agents/vendor.ts", `import a from "openai"; a;`, "no-restricted-imports"],
  ["api/services/agents/up.ts", `import { a } from "../../orchestrator/a.ts"; a;`, "no-restricted-imports"],
  ["api/services/agents/hub.ts", `import { a } from "../../ws/hub.ts"; a;`, "no-restricted-imports"],
  ["api/services/agents/adapter.ts", `import { a } from "../../db/postgres.ts"; a;`, "no-restricted-imports"],
  ["api/services/agents/environment.ts", `export const a = process.env["A"];`, "no-process-env"],
  ["api/orchestrator/up.ts", `import { a } from "../ws/hub.ts"; a;`, "no-restricted-imports"],
  ["api/orchestrator/vendor.ts", `import { a } from "../llm/openai.ts"; a;`, "no-restricted-imports"],
  ["api/routes/adapter.ts", `import { a } from "../bus/redis.ts"; a;`, "no-restricted-imports"],
  ["api/ws/adapter.ts", `import { a } from "../db/pglite.ts"; a;`, "no-restricted-imports"],
  ["api/routes/print.ts", `console.log(1);`, "no-console"],
  ["api/routes/exit.ts", `process.exit(1);`, "no-process-exit"],
  ["api/lib/default.ts", `export default 1;`, "no-default-export"],
  ["api/lib/barrel.ts", `export * from "./one.ts";`, "no-barrel-file"],
  ["api/lib/one.ts", `import { two } from "./two.ts"; export const one = () => two;`, "no-cycle"],
  ["api/lib/two.ts", `import { one } from "./one.ts"; export const two = () => one;`, "no-cycle"],
  ["api/lib/floating.ts", `async function a() { await null; }\na();\nexport {};`, "no-floating-promises"],
];

const ALLOWED: [path: string, source: string][] = [
  [
    "client/fine.ts",
    `import { CLOSE } from "../protocol/codes.ts"; import type { F } from "../protocol/frames.ts"; export const f = (a: F) => [a, CLOSE];`,
  ],
  ["widget/fine.ts", `import { html } from "lit"; import { a } from "../client/a.ts"; export const f = () => [html, a];`],
  [
    "api/services/agents/fine.ts",
    `import { a } from "../../db/database.ts"; import { b } from "../messages/b.ts"; export const f = () => [a, b];`,
  ],
  [
    "api/orchestrator/fine.ts",
    `import { a } from "../services/a.ts"; import { b } from "../llm/model.ts"; export const f = () => [a, b];`,
  ],
  ["api/routes/fine.ts", `import { a } from "../services/a.ts"; import { b } from "hono"; export const f = () => [a, b];`],
  ["api/deps.ts", `import { a } from "./db/postgres.ts"; import { b } from "./bus/redis.ts"; export const f = () => [a, b];`],
  ["api/config.ts", `export const a = process.env["A"];`],
];

const root = resolve(import.meta.dirname, "..");
let found: Map<string, string[]>;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "lint-rules-"));
  try {
    for (const name of [".oxlintrc.json", "tsconfig.base.json"]) cpSync(join(root, name), join(folder, name));
    writeFileSync(join(folder, "tsconfig.json"), `{ "extends": "./tsconfig.base.json", "include": ["."] }`);
    for (const [path, source] of [...REFUSED, ...ALLOWED]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), `${source}\n`);
    }
    const report = await new Promise<string>((done) => {
      const oxlint = join(root, "node_modules/oxlint/bin/oxlint");
      execFile(process.execPath, [oxlint, "--type-aware", "--format", "json"], { cwd: folder, maxBuffer: 1e8 }, (_, out) =>
        done(out),
      );
    });
    found = new Map();
    for (const { filename, code } of (JSON.parse(report) as { diagnostics: { filename: string; code: string }[] }).diagnostics) {
      found.set(filename, [...(found.get(filename) ?? []), code.replace(/^.*\(|\)$/g, "")]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each(REFUSED)("%s is refused: %s", (path, _, rule) => {
  expect(found.get(path)).toContain(rule);
});

test.each(ALLOWED)("%s is allowed", (path) => {
  const rules = (found.get(path) ?? []).filter((rule) => rule === "no-restricted-imports" || rule === "no-process-env");
  expect(rules).toEqual([]);
});
