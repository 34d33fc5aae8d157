import { afterAll, beforeAll, expect, test } from "vitest";
import { sign } from "hono/jwt";
import { startTestServer, type TestServer } from "../../../tests/support/server.ts";
import type { Agent } from "../../../protocol/resources.ts";
import { SYSTEM } from "../../db/actor.ts";
import { sealSecrets } from "./seal-secrets.ts";

let server: TestServer;
let agent: Agent;
beforeAll(async () => {
  server = await startTestServer();
  agent = await server.createPublishedAgent({ name: "Members" });
});
afterAll(() => server.stop());

const stored = (id = agent.id) =>
  server.deps.db.as(SYSTEM, async (trx) => {
    const query = trx.selectFrom("agent_secrets").select("identity_secret").where("agent_id", "=", id);
    return (await query.executeTakeFirstOrThrow()).identity_secret;
  });
const store = (identity_secret: string) =>
  server.deps.db.as(SYSTEM, (trx) =>
    trx.updateTable("agent_secrets").set({ identity_secret }).where("agent_id", "=", agent.id).execute(),
  );
const secretOf = (id = agent.id) => server.call("GET", `/agents/${id}/identity`);
async function begin(key: string) {
  const user_token = await sign({ sub: "a person", exp: Math.floor(Date.now() / 1000) + 600 }, key, "HS256");
  return server.call("POST", `/public/agents/${agent.slug}/sessions`, { token: null, body: { user_token } });
}

test("no secret stands in the database as it is, neither at first nor after a rotation", async () => {
  for (const method of ["GET", "POST"] as const) {
    const path = `/agents/${agent.id}/identity${method === "POST" ? "/rotate" : ""}`;
    const { secret } = await server.ok(method, path);
    expect(await stored()).toMatch(/^sealed:/);
    expect(await stored()).not.toContain(secret);
    expect((await begin(secret)).status).toBe(201);
  }
});

test("a secret from before is read as it is, and sealed at the next start without being changed", async () => {
  const plain = "a-plain_secret-of-former-days-0123456789abcdef";
  await store(plain);
  expect((await secretOf()).body.secret).toBe(plain);
  expect((await begin(plain)).status).toBe(201);
  expect(await sealSecrets(server.deps)).toEqual({ sealed: 1, lost: 0 });
  expect(await stored()).not.toContain(plain);
  expect((await secretOf()).body.secret).toBe(plain);
  expect((await begin(plain)).status).toBe(201);
  expect(await sealSecrets(server.deps), "a second start").toEqual({ sealed: 0, lost: 0 });
});

test("under a changed JWT_SECRET the secret is told to be lost, and a new one mends it", async () => {
  const { secret } = (await secretOf()).body;
  const other = await server.createAgent({ name: "Elsewhere" });
  await store(await stored(other.id));
  expect(await sealSecrets(server.deps), "copied from another row").toEqual({ sealed: 0, lost: 1 });
  const config = { ...server.deps.config, jwtSecret: "another secret than the one they were sealed with" };
  expect(await sealSecrets({ ...server.deps, config }), "all of them").toEqual({ sealed: 0, lost: 2 });

  const lost = await secretOf();
  expect([lost.status, lost.body.code]).toEqual([409, "SECRET_LOST"]);
  expect(lost.body.error).toContain("JWT_SECRET");
  const refused = await begin(secret);
  expect([refused.status, refused.body.code]).toEqual([401, "AUTH_ERROR"]);

  const fresh = await server.ok("POST", `/agents/${agent.id}/identity/rotate`);
  expect((await secretOf()).body).toEqual(fresh);
  expect((await begin(fresh.secret)).status).toBe(201);
});
