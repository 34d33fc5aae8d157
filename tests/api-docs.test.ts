import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generateWebhookSecret, webhookHeaders } from "../api/lib/standard-webhooks.ts";
import { startTestServer, type TestServer } from "./support/server.ts";

/** docs/api.md, carried out: its blocks by the word behind their language. */
const PAGE = readFileSync(resolve(import.meta.dirname, "../docs/api.md"), "utf8");
const block = (name: string) => new RegExp("^```\\w+ " + name + "\\n([^]*?)\\n```$", "m").exec(PAGE)![1]!;
const run = promisify(execFile);

let server: TestServer;
let key: string;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(join(tmpdir(), "renus-api-docs-"));
  const body = { name: "Docs", client_id: null, scopes: ["read", "agents:write"] };
  key = (await server.ok("POST", "/api-keys", { body })).key;
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function shell(script: string): Promise<string> {
  const env = { ...process.env, RENUS_KEY: key, TOKEN: await server.adminToken() };
  return (await run("bash", ["-ec", script.replaceAll("http://127.0.0.1:3000", server.url)], { env })).stdout;
}
async function program(name: string): Promise<string> {
  const path = join(folder, `${name}.ts`);
  writeFileSync(
    path,
    block(name).replace('"renus/api"', JSON.stringify(resolve(import.meta.dirname, "../client/api-client.ts"))),
  );
  const env = { ...process.env, RENUS_KEY: key, RENUS_ORIGIN: server.url };
  return (await run(process.execPath, ["--disable-warning=ExperimentalWarning", path], { env })).stdout;
}

test("an agent in six calls is published", async () => {
  const six = /```sh\n(call\(\)[^]*?)\n```/.exec(PAGE)![1]!;
  expect(await shell(six)).toContain('"slug":"corner-bakery"');
});

test("a key lists agents; a retry makes nothing twice", async () => {
  const made = [JSON.parse(await shell(block("retry"))), JSON.parse(await shell(block("retry")))];
  expect(made[1]).toEqual(made[0]);
  const { data } = JSON.parse(await shell(block("key")));
  expect(data.map((agent: { id: string }) => agent.id)).toContain(made[0].id);
});

test("the client for TypeScript makes, lists and deletes", async () => {
  const { data } = await server.ok("GET", "/agents?status=draft&limit=100");
  const names = data.map((agent: { name: string }) => agent.name);
  expect((await program("client")).trim().split("\n")).toEqual(["Night desk", ...names]);
});

test("the verifier takes our signature and no other", async () => {
  const path = join(folder, "verify.ts");
  writeFileSync(path, block("verify"));
  const { readEvent } = (await import(path)) as { readEvent(secret: string, headers: Headers, body: string): unknown };
  const [former, secret] = [generateWebhookSecret(), generateWebhookSecret()];
  const event = { type: "webhook.test", timestamp: new Date().toISOString(), data: {} };
  const body = JSON.stringify(event);
  const now = Math.floor(Date.now() / 1000);
  const headers = (at: number) => new Headers(webhookHeaders([former, secret], { id: "msg_1", at, body }));
  for (const known of [secret, former]) expect(readEvent(known, headers(now), body)).toEqual(event);
  expect(readEvent(secret, headers(now), `${body} `)).toBeNull();
  expect(readEvent(generateWebhookSecret(), headers(now), body)).toBeNull();
  expect(readEvent(secret, headers(now - 600), body)).toBeNull();
});

test("every scope, event and code is named", async () => {
  const { API_KEY_SCOPES, ERROR_STATUS, WEBHOOK_EVENTS } = await import("../protocol/codes.ts");
  for (const name of [...API_KEY_SCOPES, ...WEBHOOK_EVENTS, ...Object.keys(ERROR_STATUS)]) expect(PAGE).toContain(`\`${name}\``);
});
