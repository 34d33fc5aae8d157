import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

test("the document is the one that was reviewed; `npm run generate` writes it anew", async () => {
  const golden = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"));
  expect(await server.ok("GET", "/openapi.json", { token: null })).toEqual(golden);
});

test("every operation has a name of its own, every reference leads somewhere", async () => {
  const document = await server.ok("GET", "/openapi.json", { token: null });
  const operations = Object.values<Record<string, any>>(document.paths).flatMap((item) => Object.values(item));
  const ids = operations.map((operation) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1]!);
  expect(references).toContain("Error");
  for (const name of references) expect(document.components.schemas).toHaveProperty(name);
});

test("the page shows every operation and schema, and runs no script", async () => {
  const document = await server.ok("GET", "/openapi.json", { token: null });
  const page = await server.call("GET", "/docs", { token: null });
  expect(page.status).toBe(200);
  expect(page.headers.get("Content-Security-Policy")).toMatch(/^default-src 'none'; style-src 'sha256-/);
  for (const item of Object.values<Record<string, any>>(document.paths))
    for (const { operationId } of Object.values(item)) expect(page.body).toContain(`id="${operationId}"`);
  for (const name of Object.keys(document.components.schemas)) expect(page.body).toContain(`id="schema-${name}"`);
  expect(page.body).not.toMatch(/<script|https?:\/\/(?!localhost)[^"]+\.(js|css)/);
});
