import { execFile, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it, vi } from "vitest";
import { readConfig } from "../api/config.ts";
import { openChatTab } from "./support/chat-tab.ts";
import { readCompose, readImage, type ComposeService } from "./support/compose.ts";
import { freePort, startKeptProcess, untilReady } from "./support/kept-process.ts";
import { createPostgresDatabase, TEST_JWT_SECRET } from "./support/postgres.ts";
import { startRealServer, type RealServer } from "./support/real-server.ts";
import { startRedis } from "./support/redis.ts";

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "..");
const VARIABLES = {
  SITE: "chat.example.com",
  POSTGRES_PASSWORD: "letters",
  JWT_SECRET: TEST_JWT_SECRET,
  ADMIN_EMAIL: "admin@example.com",
  ADMIN_PASSWORD: "a long password",
};
const folder = mkdtempSync(join(tmpdir(), "renus-deploy-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CADDY = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((path) => join(path, "caddy"))
  .find((path) => existsSync(path));
const NGINX = ["/usr/sbin/nginx", ...(process.env["PATH"] ?? "").split(delimiter).map((path) => join(path, "nginx"))].find(
  (path) => existsSync(path),
);

const of = (services: Record<string, ComposeService>, profile: string) =>
  Object.entries(services).filter(([, service]) => service.profiles?.includes(profile));

describe("compose.yaml", () => {
  const services = readCompose(VARIABLES);
  const image = readImage();

  it("has two profiles, and every name in it leads somewhere", () => {
    expect(of(services, "cluster").map(([name]) => name)).toEqual(["proxy", "node1", "node2", "postgres", "redis"]);
    expect(of(services, "single").map(([name]) => name)).toEqual(["single"]);
    expect(services["proxy"]!.environment!["NODES"]!.split(" ").map((node) => node.split(":")[0])).toEqual(["node1", "node2"]);
    for (const service of Object.values(services)) {
      for (const name of Object.keys(service.depends_on ?? {}))
        expect(services[name]?.healthcheck?.test.length).toBeGreaterThan(1);
      for (const volume of service.volumes ?? [])
        if (volume.startsWith(".")) expect(existsSync(join(ROOT, volume.split(":")[0]!))).toBe(true);
    }
  });

  it("lets nodes write to their volume alone, and gives them no rights", () => {
    for (const name of ["node1", "node2", "single"])
      expect(services[name]).toMatchObject({
        read_only: "true",
        tmpfs: ["/tmp"],
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
      });
  });

  it("asks for what has to be set, by name", () => {
    for (const name of Object.keys(VARIABLES))
      expect(() => readCompose({ ...VARIABLES, [name]: "" })).toThrow(`${name} is missing`);
  });

  it("gives the nodes an environment that they read as it is meant, without a name that nobody reads", () => {
    const known = new Set(
      readFileSync(join(ROOT, "api/config.ts"), "utf8")
        .match(/^ {2}[A-Z_]+(?=: optional)/gm)!
        .map((name) => name.trim()),
    );
    for (const name of ["node1", "node2", "single"]) {
      const environment = { ...image.environment, ...services[name]!.environment };
      for (const variable of Object.keys(environment)) expect(known).toContain(variable);
      const config = readConfig({ ...environment, DATA_DIR: join(folder, "data") });
      expect(config.host).toBe("0.0.0.0");
      if (name === "single") expect(config).toMatchObject({ databaseUrl: null, redisUrl: null, openai: null, trustProxy: 0 });
      else
        expect(config).toMatchObject({
          publicUrl: "https://chat.example.com",
          databaseUrl: "postgres://renus:letters@postgres:5432/renus",
          redisUrl: "redis://redis:6379",
          trustProxy: 1,
          adminPassword: "a long password",
        });
    }
    const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = services["postgres"]!.environment!;
    expect(services["node1"]!.environment!["DATABASE_URL"]).toBe(
      `postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@postgres:5432/${POSTGRES_DB}`,
    );
  });

  it(
    "starts a single node from what the image holds and nothing else; it becomes healthy, serves, and stops within its time",
    { timeout: 120_000 },
    async () => {
      const app = join(folder, "app");
      mkdirSync(app);
      for (const path of image.paths) {
        // Prepared by the image's build; without it a first start takes longer, which is all.
        if (existsSync(join(ROOT, path))) symlinkSync(join(ROOT, path), join(app, path));
        else expect(path).toBe(".cache");
      }
      // As in the image: somebody who may write nowhere but in the data folder.
      const somebody = await findSomebody();
      const data = join(folder, "single");
      mkdirSync(data);
      chmodSync(folder, 0o755);
      if (somebody) chownSync(data, somebody.uid, somebody.gid);
      const port = await freePort();
      const env = {
        PATH: process.env["PATH"]!,
        ...image.environment,
        ...services["single"]!.environment,
        HOST: "127.0.0.1",
        PORT: String(port),
        DATA_DIR: data,
      };
      // By the names in the image: links lead back here, where everything else is.
      const child = spawn(image.command[0]!, ["--preserve-symlinks", "--preserve-symlinks-main", ...image.command.slice(1)], {
        ...somebody,
        cwd: app,
        env,
        stdio: "ignore",
      });
      const ended = new Promise<number | null>((done) => child.once("close", done));
      try {
        const [check, ...args] = image.healthcheck;
        await vi.waitFor(() => run(check!, args, { env }), { timeout: 90_000, interval: 500 });
        const origin = `http://127.0.0.1:${port}`;
        for (const path of ["/widget/v1.js", "/admin/", "/openapi.json", "/metrics"])
          expect((await fetch(origin + path)).status).toBe(200);
        const at = Date.now();
        child.kill("SIGTERM");
        expect(await ended).toBe(0);
        expect(Date.now() - at).toBeLessThan(Number.parseInt(services["single"]!.stop_grace_period!, 10) * 1000);
        await expect(run(check!, args, { env })).rejects.toThrow();
      } finally {
        child.kill("SIGKILL");
      }
    },
  );
});

/** User and group that own nothing, where this process may become somebody else and they may read the project. */
async function findSomebody(): Promise<{ uid: number; gid: number } | null> {
  if (process.getuid?.() !== 0) return null;
  const nobody = { uid: 65_534, gid: 65_534 };
  return run(process.execPath, ["-e", "require('node:fs').readFileSync('package.json')"], { cwd: ROOT, ...nobody }).then(
    () => nobody,
    () => null,
  );
}

const hasSystemd = existsSync("/usr/bin/systemd-analyze");
describe("deploy/renus.service", () => {
  it.runIf(hasSystemd)("is a unit that systemd understands, and leaves a broken server little to do", async () => {
    const text = readFileSync(join(ROOT, "deploy/renus.service"), "utf8");
    const path = join(folder, "renus.service");
    writeFileSync(path, text.replace("/opt/renus/node_modules/.bin/renus", join(ROOT, "bin/renus.mjs")));
    const { stdout, stderr } = await run("systemd-analyze", ["verify", path]);
    expect(stdout + stderr).toBe("");
    // 0 to 100; a unit without any of it has 96.
    await run("systemd-analyze", ["security", "--offline=true", "--no-pager", "--threshold=25", path]);
  });
});

/** Two nodes as in the file, and a proxy in front of them that the test configures. */
async function withNodes(use: (nodes: RealServer[]) => Promise<void>): Promise<void> {
  const redis = await startRedis();
  const environment = {
    DATABASE_URL: await createPostgresDatabase(),
    REDIS_URL: redis.url,
    JWT_SECRET: TEST_JWT_SECRET,
    TRUST_PROXY: readCompose(VARIABLES)["node1"]!.environment!["TRUST_PROXY"]!,
  };
  const nodes: RealServer[] = [];
  try {
    for (let index = 0; index < 2; index++) nodes.push(await startRealServer(environment));
    await use(nodes);
  } finally {
    for (const node of nodes) await node.remove();
    await redis.stop();
  }
}

/** A chat goes on through the proxy while one node after the other is started anew. */
async function expectChatThrough(origin: string, nodes: readonly RealServer[]): Promise<void> {
  const agent = await nodes[0]!.createPublishedAgent({ name: "Aria" });
  const created = await fetch(`${origin}/public/agents/${agent.slug}/sessions`, {
    method: "POST",
    body: "{}",
    headers: { "Content-Type": "application/json" },
  });
  expect(created.status).toBe(201);
  const tab = await openChatTab(origin, agent.slug!, await created.json());
  const ask = async (count: number) => {
    tab.client.send(`question ${count}`);
    await vi.waitFor(
      () => {
        expect(tab.messages().filter(({ role }) => role === "visitor")).toHaveLength(count);
        expect(tab.messages().at(-1)).toMatchObject({ role: "assistant", status: "complete" });
      },
      { timeout: 30_000, interval: 50 },
    );
  };
  await ask(1);
  for (const [index, node] of nodes.entries()) {
    await node.kill("SIGTERM");
    await ask(index + 2);
    await node.start();
  }
  tab.close();
  const events = await fetch(`${origin}/public/events?token=${(await nodes[0]!.createSession(agent.slug!)).token}`);
  const { value } = await events.body!.pipeThrough(new TextDecoderStream()).getReader().read();
  expect(value).toContain('"type":"connected"');
}

describe("the proxy in front of two nodes", () => {
  it.runIf(CADDY)("Caddy, as it is configured here", { timeout: 400_000 }, () =>
    withNodes(async (nodes) => {
      const port = await freePort();
      const env = {
        PATH: process.env["PATH"]!,
        HOME: folder,
        SITE: `http://127.0.0.1:${port}`,
        NODES: nodes.map(({ url }) => new URL(url).host).join(" "),
      };
      const config = join(ROOT, "deploy/Caddyfile");
      await run(CADDY!, ["validate", "--config", config, "--adapter", "caddyfile"], { env });
      const caddy = spawn(CADDY!, ["run", "--config", config, "--adapter", "caddyfile"], { env, stdio: "ignore" });
      try {
        await vi.waitFor(async () => expect((await fetch(`${env.SITE}/readyz`)).status).toBe(200), { timeout: 20_000 });
        await expectChatThrough(env.SITE, nodes);
      } finally {
        caddy.kill("SIGKILL");
      }
    }),
  );

  it.runIf(NGINX)("nginx, as docs/deploy.md says", { timeout: 400_000 }, () =>
    withNodes(async (nodes) => {
      const port = await freePort();
      const words = /```nginx\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, "docs/deploy.md"), "utf8"))![1]!;
      const [first, second] = nodes.map(({ url }) => new URL(url).host);
      const server = words
        .replace("node1:3000", first!)
        .replace("node2:3000", second!)
        .replace("listen 443 ssl", `listen 127.0.0.1:${port}`);
      const path = join(folder, "nginx.conf");

      writeFileSync(path, `daemon off; pid ${folder}/nginx.pid; error_log stderr; events {} http { access_log off; ${server} }`);
      const nginx = startKeptProcess(NGINX!, ["-c", path, "-p", folder], { cwd: folder });
      try {
        await untilReady(nginx, async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200));
        await expectChatThrough(`http://127.0.0.1:${port}`, nodes);
      } finally {
        await nginx.stop("TERM");
      }
    }),
  );
});
