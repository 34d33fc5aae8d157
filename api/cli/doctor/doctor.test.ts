import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../../tests/support/kept-process.ts";
import { startOpenAiServer } from "../../../tests/support/openai-server.ts";
import { startRealServer, type RealServer } from "../../../tests/support/real-server.ts";
import { renus } from "../../../tests/support/renus.ts";
import { readConfig } from "../../config.ts";
import { buildPreparedFolder, copyPreparedFolder } from "../../db/prepared.ts";
import { checkDatabase } from "./database.ts";
import { checkDataFolder, checkDisk, checkNode, checkSecret } from "./machine.ts";
import { checkPublicUrl, checkScheme, checkSkew } from "./network.ts";
import { checkModel, checkRedis } from "./parts.ts";

/** As from `openssl rand -base64 48`. */
const SECRET = "kD0yW4mPzV8sQnE2bTjR7uLxFhA1gC9oYiNvKpZaMdXeBqJtGrHwUfSlO63c5I+/";
const folder = mkdtempSync(join(tmpdir(), "renus-doctor-"));
let server: RealServer;
const servers: Server[] = [];

beforeAll(async () => {
  await buildPreparedFolder();
  server = await startRealServer({ JWT_SECRET: SECRET });
});
afterAll(async () => {
  for (const one of servers) one.close();
  for (const one of servers) one.closeAllConnections();
  await server.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** A proxy in front of the server that knows HTTP and, as many do, no WebSocket. */
async function startProxy(change: (headers: IncomingMessage["headers"]) => IncomingMessage["headers"] = (headers) => headers) {
  const proxy = createServer((req, res) => {
    const headers = { ...req.headers, connection: "close" };
    delete headers.upgrade;
    const to = request(server.url + req.url!, { method: req.method, headers }, (from) => {
      res.writeHead(from.statusCode!, change(from.headers));
      from.pipe(res);
    });
    req.pipe(to);
  });
  servers.push(proxy);
  await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}
const networkOf = (publicUrl: string, more: object = {}) =>
  checkPublicUrl({ publicUrl, jwtSecret: SECRET, host: "127.0.0.1", port: Number(new URL(server.url).port), ...more });
const of = <T extends { name: string }>(findings: readonly T[], name: string) => findings.find((one) => one.name === name);

describe("the whole", () => {
  test("a fresh server has no problem, and looks for itself where it has the embedded database open", async () => {
    const { code, stdout, stderr } = await renus(["doctor"], { environment: { DATA_DIR: server.dataDir, JWT_SECRET: SECRET } });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^ok {7}PUBLIC_URL +http:\/\/127.0.0.1:\d+ leads here\.$/m);
    expect(stdout).toMatch(/^ok {7}WebSocket/m);
    expect(stdout).toMatch(/^ok {7}Database +It answers and is up to date\.$/m);
    expect(stdout).toMatch(/^warning {2}Allow-lists +Any website may show “/m);
    expect(stdout).toMatch(/^warning {2}Model +The built-in scripted model answers/m);
    expect(stdout).toMatch(/\n0 problems, 2 warnings\.\n$/);
    expect(stdout).not.toContain(SECRET);
    expect(code).toBe(0);
  });

  test("a wrong environment is a list of problems", async () => {
    const { code, stdout } = await renus(["doctor"], { environment: { PORT: "eighty", JWT_SECRET: "short" } });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^problem {2}Environment +PORT must be/m);
    expect(stdout).toMatch(/^problem {2}Environment +JWT_SECRET must be/m);
  });

  test("a data folder that cannot be made is a problem in words", async () => {
    writeFileSync(join(folder, "file"), "");
    const { code, stdout, stderr } = await renus(["doctor"], { environment: { DATA_DIR: join(folder, "file", "data") } });
    expect([code, stderr]).toEqual([1, ""]);
    expect(stdout).toMatch(/^problem {2}DATA_DIR +.*cannot be written/m);
  });
});

describe("the machine", () => {
  test("an old Node", () => {
    expect(checkNode().level).toBe("ok");
    for (const version of ["20.19.0", "24.11.1"]) expect(checkNode(version)).toMatchObject({ level: "problem" });
  });

  test("a folder that cannot be written", () => {
    expect(checkDataFolder(join(folder, "new")).level).toBe("ok");
    writeFileSync(join(folder, "no-folder"), "");
    const { level, words } = checkDataFolder(join(folder, "no-folder", "data"));
    expect(level).toBe("problem");
    expect(words).toContain("cannot be written (ENOTDIR)");
  });

  test("a disk with less room than is needed", () => {
    expect(checkDisk(folder).level).toBe("ok");
    expect(checkDisk(folder, { min: 1, good: Number.MAX_SAFE_INTEGER }).level).toBe("warning");
    expect(checkDisk(folder, { min: Number.MAX_SAFE_INTEGER, good: Number.MAX_SAFE_INTEGER }).level).toBe("problem");
  });

  test("a secret that people can guess, or read", () => {
    const dataDir = join(folder, "secret");
    mkdirSync(dataDir);
    const { jwtSecret } = readConfig({ DATA_DIR: dataDir });
    expect(checkSecret({ jwtSecret, dataDir }).level).toBe("ok");
    for (const weak of [
      "a".repeat(40),
      "abcdefgh".repeat(5),
      "please change me, somebody, soon",
      "Password-for-the-whole-company!",
    ])
      expect(checkSecret({ jwtSecret: weak, dataDir })).toMatchObject({ level: "problem" });
    chmodSync(join(dataDir, "jwt-secret"), 0o644);
    const { level, words } = checkSecret({ jwtSecret, dataDir });
    expect([level, words]).toEqual(["problem", expect.stringContaining("(mode 644). Run: chmod 600 ")]);
    expect(words).not.toContain(jwtSecret);
  });
});

describe("the network", () => {
  test("http where strangers are meant to come", () => {
    const levels = [
      "https://chat.example.com",
      "http://127.0.0.1:3000",
      "http://[::1]:3000",
      "http://192.168.1.5:3000",
      "http://chat.example.com",
    ];
    expect(levels.map((url) => checkScheme(url).level)).toEqual(["ok", "ok", "ok", "warning", "problem"]);
  });

  test("an address at which nobody, something else, or another installation answers", async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`;
    expect(of(await networkOf(nobody), "PUBLIC_URL")).toMatchObject({
      level: "problem",
      words: expect.stringContaining("ECONNREFUSED"),
    });
    const idle = { port: Number(new URL(nobody).port) };
    expect(of(await networkOf(nobody, idle), "PUBLIC_URL")).toMatchObject({
      level: "warning",
      words: expect.stringContaining("Start it"),
    });
    expect(of(await networkOf(`${server.url}/a`), "PUBLIC_URL")).toMatchObject({
      level: "problem",
      words: expect.stringContaining("answers 404"),
    });
    expect(of(await networkOf(server.url, { jwtSecret: "another" }), "PUBLIC_URL")).toMatchObject({
      level: "problem",
      words: expect.stringContaining("another installation"),
    });
    expect(of(await networkOf("http://renus.invalid"), "PUBLIC_URL")).toMatchObject({ level: "problem" });
    expect(of(await networkOf(server.url.replace("http", "https")), "PUBLIC_URL")).toMatchObject({ level: "problem" });
  });

  test("a proxy that lets no WebSocket through", async () => {
    const findings = await networkOf(await startProxy());
    expect(of(findings, "PUBLIC_URL")!.level).toBe("ok");
    expect(of(findings, "WebSocket")).toMatchObject({
      level: "problem",
      words: expect.stringContaining("Upgrade and Connection"),
    });
  });

  test("an address that leads on to another one", async () => {
    const redirect = createServer((req, res) => res.writeHead(308, { Location: server.url + req.url! }).end());
    servers.push(redirect);
    await new Promise<void>((done) => redirect.listen(0, "127.0.0.1", done));
    const findings = await networkOf(`http://127.0.0.1:${(redirect.address() as AddressInfo).port}`);
    expect(of(findings, "PUBLIC_URL")).toMatchObject({
      level: "warning",
      words: expect.stringContaining(`leads on to ${server.url}`),
    });
    expect(of(findings, "WebSocket")!.level).toBe("ok");
  });

  test("a clock that is wrong", async () => {
    const shifted = (ms: number) => startProxy((headers) => ({ ...headers, date: new Date(Date.now() + ms).toUTCString() }));
    const levels = [];
    for (const ms of [0, 20_000, -600_000]) levels.push(of(await networkOf(await shifted(ms)), "Clock")!.level);
    expect(levels).toEqual(["ok", "warning", "problem"]);
    expect(checkSkew("the database", 20_000).words).toContain("It is 20 s behind that of the database.");
  });
});

describe("the parts", () => {
  test("a model that is away, or wants another key", async () => {
    const model = await startOpenAiServer();
    const config = readConfig({ DATA_DIR: folder, OPENAI_BASE_URL: model.url, OPENAI_API_KEY: "sk-very-secret" });
    expect((await checkModel(config)).level).toBe("ok");
    model.behave(() => ({ status: 401, error: { message: "Incorrect API key provided: sk-very-secret" } }));
    const refused = await checkModel(config);
    expect(refused).toMatchObject({ level: "problem", words: expect.stringContaining("OPENAI_API_KEY") });
    expect(refused.words).not.toContain("sk-very-secret");
    await model.stop();
    expect((await checkModel(config)).level).toBe("problem");
    expect((await checkModel(readConfig({ DATA_DIR: folder }))).level).toBe("warning");
  });

  test("Redis that is away", async () => {
    expect(await checkRedis(null)).toBeNull();
    const { level, words } = (await checkRedis(`redis://user:pass@127.0.0.1:${await freePort()}`))!;
    expect(level).toBe("problem");
    expect(words).not.toContain("pass@");
  });

  test("an embedded database that is not there, closed, or unmigrated", async () => {
    const { jwtSecret: _, ...config } = readConfig({ DATA_DIR: join(folder, "closed") });
    const look = () => checkDatabase({ ...config, jwtSecret: SECRET }, null);
    expect((await look())[0]).toMatchObject({ level: "ok", words: expect.stringContaining("the first start makes one") });
    await copyPreparedFolder(await buildPreparedFolder(), join(config.dataDir, "pglite"));
    expect((await look()).map(({ level }) => level)).toEqual(["ok", "ok"]);
    mkdirSync(join(folder, "empty", "pglite"), { recursive: true });
    const unmigrated = await checkDatabase({ ...config, dataDir: join(folder, "empty"), jwtSecret: SECRET }, null);
    expect(unmigrated).toMatchObject([{ level: "problem", words: expect.stringContaining("renus migrate") }]);
  });
});
