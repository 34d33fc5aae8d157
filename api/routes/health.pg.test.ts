import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createPostgresDatabase, TEST_JWT_SECRET } from "../../tests/support/postgres.ts";
import { startRedis, type RedisServer } from "../../tests/support/redis.ts";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";
import { startTcpProxy, type TcpProxy } from "../../tests/support/tcp-proxy.ts";
import { apiConnectionString, openPostgres, withOwnerSession } from "../db/postgres.ts";

let server: TestServer;
let proxy: TcpProxy;
let redis: RedisServer;
let url: string;

beforeAll(async () => {
  [url, redis] = await Promise.all([createPostgresDatabase(), startRedis()]);
  const through = new URL(url);
  const port = Number(through.port);
  proxy = await startTcpProxy({ ports: () => [port] });
  through.port = String(proxy.port);
  server = await startTestServer({
    db: openPostgres(apiConnectionString(through.toString(), TEST_JWT_SECRET), 3, () => {}),
    environment: { DATABASE_URL: through.toString(), REDIS_URL: redis.url, JWT_SECRET: TEST_JWT_SECRET },
  });
});
afterAll(async () => {
  await server?.stop();
  await proxy?.stop();
  await redis?.stop();
});

/** What balancers and people are told, and after how many milliseconds. */
async function ask(): Promise<{ status: number; checks: Record<string, boolean>; tookMs: number }> {
  const at = performance.now();
  const { status, body } = await server.request("GET", "/readyz");
  // The process lives, whatever is broken around it.
  expect((await server.request("GET", "/healthz")).status).toBe(200);
  return { status, checks: body.checks, tookMs: performance.now() - at };
}
const FINE = { database: true, migrations: true, bus: true, registry: true };

test("everything works", async () => {
  expect(await ask()).toMatchObject({ status: 200, checks: FINE });
});

test("a database that swallows every byte is told within 2.5 s, and one that is back as well", async () => {
  proxy.set({ isBlackHole: true });
  const { tookMs, ...answer } = await ask();
  expect(answer).toEqual({ status: 503, checks: { ...FINE, database: false, migrations: false } });
  expect(tookMs).toBeLessThan(2500);
  proxy.set({});
  await vi.waitFor(async () => expect(await ask()).toMatchObject({ status: 200, checks: FINE }), { timeout: 20_000 });
});

test("a database without a migration that the server needs is not the one it was made for; more than it knows is fine", async () => {
  const change = (sqlText: string) => withOwnerSession(url, (session) => session.query(sqlText));
  const table = "supabase_migrations.schema_migrations";
  await change(`insert into ${table} (version, name) values ('20991231000000', 'of_a_later_version')`);
  expect((await ask()).status).toBe(200);
  const [last] = await change(
    `delete from ${table} where version = (select max(version) from ${table} where version < '2099') returning version, name`,
  );
  expect(await ask()).toMatchObject({ status: 503, checks: { ...FINE, migrations: false } });
  await change(`insert into ${table} (version, name) values ('${String(last!["version"])}', '${String(last!["name"])}')`);
  expect((await ask()).status).toBe(200);
});

test("without Redis it serves on and says so; stopping, it is not ready any more", async () => {
  await redis.stop();
  await vi.waitFor(async () => expect(await ask()).toMatchObject({ status: 200, checks: { ...FINE, bus: false } }), {
    timeout: 10_000,
  });
  redis = await startRedis(Number(new URL(redis.url).port));
  await vi.waitFor(async () => expect(await ask()).toMatchObject({ status: 200, checks: FINE }), { timeout: 20_000 });
  server.deps.readiness.end();
  expect(await ask()).toMatchObject({ status: 503, checks: { not_stopping: false } });
});
