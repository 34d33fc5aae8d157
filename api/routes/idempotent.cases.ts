import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer, type TestUser } from "../../tests/support/server.ts";
import { SYSTEM } from "../db/actor.ts";
import type { Database } from "../db/database.ts";
import { beginRequest, deletePastRequests, forgetRequest } from "../services/idempotency/idempotent-requests.ts";

export function idempotencyCases(openDatabase: () => Promise<Database>): void {
  let server: TestServer;
  let person: TestUser;
  beforeAll(async () => {
    server = await startTestServer({ db: await openDatabase() });
    person = await server.createUser({ role: "client", client_id: (await server.createClient()).id });
  });
  afterAll(() => server.stop());

  const post = (key: string, body: unknown, { path = "/agents", token = person.token } = {}) =>
    server.call("POST", path, { token, body, headers: { "Idempotency-Key": key } });
  const agentsNamed = async (name: string) =>
    (await server.ok("GET", `/agents?q=${encodeURIComponent(name)}`, { token: person.token })).data.length;

  test("the same request is carried out once and answered alike, quoted or not", async () => {
    const first = await post("one", { name: "Once" });
    const again = await post('"one"', { name: "Once" });
    expect(first.status).toBe(201);
    expect(first.headers.get("Idempotency-Replayed")).toBeNull();
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expect(again.headers.get("Content-Type")).toBe("application/json");
    expect(await agentsNamed("Once")).toBe(1);
  });

  test("another body, or another address, under the same key is a conflict and changes nothing", async () => {
    const { body: agent } = await post("two", { name: "Two" });
    for (const other of [
      await post("two", { name: "Two!" }),
      await post("two", { name: "Two" }, { path: `/agents/${agent.id}/duplicate` }),
    ]) {
      expect(other).toMatchObject({ status: 409, body: { code: "IDEMPOTENCY_CONFLICT" } });
      expect(other.body.retry_after_ms).toBeUndefined();
    }
    expect(await agentsNamed("Two")).toBe(1);
  });

  test("of many at once one is carried out, the others are told to wait or get its answer", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => post("many", { name: "Many" })));
    expect(await agentsNamed("Many")).toBe(1);
    expect(answers.filter(({ status, headers }) => status === 201 && !headers.has("Idempotency-Replayed"))).toHaveLength(1);
    for (const { status, body, headers } of answers.filter((answer) => answer.status !== 201)) {
      expect({ status, body }).toMatchObject({ status: 409, body: { code: "IDEMPOTENCY_CONFLICT", retry_after_ms: 1000 } });
      expect(headers.get("Retry-After")).toBe("1");
    }
    expect((await post("many", { name: "Many" })).status).toBe(201);
  });

  test("a caller's keys are theirs alone", async () => {
    const other = await server.createUser({ role: "client", client_id: (await server.createClient()).id });
    const [mine, theirs] = [
      await post("shared", { name: "Mine" }),
      await post("shared", { name: "Mine" }, { token: other.token }),
    ];
    expect(theirs.status).toBe(201);
    expect(theirs.body.id).not.toBe(mine.body.id);
  });

  test("a refusal is forgotten: put right, the same key works", async () => {
    expect((await post("refused", { name: "" })).status).toBe(400);
    expect((await post("refused", { name: "Put right" })).status).toBe(201);
  });

  test("who may not ask any more gets no answer of before", async () => {
    const admin = await server.createUser({ role: "admin" });
    const make = () => post("key", { name: "Key", client_id: null, scopes: ["read"] }, { path: "/api-keys", token: admin.token });
    const made = await make();
    expect((await make()).body).toEqual(made.body);
    // Sealed: the answer holds a secret.
    const rows = await server.deps.db.as(SYSTEM, (trx) =>
      trx.selectFrom("idempotency_keys").selectAll().where("caller_id", "=", admin.id).execute(),
    );
    expect(rows[0]!.answer).toMatch(/^sealed:/);
    expect(JSON.stringify(rows)).not.toContain(made.body.key);
    await server.ok("PATCH", `/users/${admin.id}`, { body: { role: "client", client_id: (await server.createClient()).id } });
    expect((await make()).status).toBe(403);
  });

  test("for a day; then the key is as good as new, and the row is swept", async () => {
    const { body: first } = await post("old", { name: "Old" });
    const age = () =>
      server.deps.db.as(SYSTEM, (trx) =>
        trx
          .updateTable("idempotency_keys")
          .set({ created_at: sql`now() - interval '25 hours'` })
          .where("caller_id", "=", person.id)
          .execute(),
      );
    await age();
    expect((await post("old", { name: "Old" })).body.id).not.toBe(first.id);
    await age();
    await deletePastRequests(server.deps.db, 1000);
    const left = await server.deps.db.as(SYSTEM, (trx) =>
      trx.selectFrom("idempotency_keys").select("key_hash").where("caller_id", "=", person.id).execute(),
    );
    expect(left).toEqual([]);
  });

  test("what a dead process held is carried out once its time has run out", async () => {
    const asked = { caller_id: person.id, key: "dead", request: ["POST", "/agents", JSON.stringify({ name: "Dead" })] };
    const begun = await beginRequest(server.deps, asked);
    expect((await post("dead", { name: "Dead" })).body.retry_after_ms).toBe(1000);
    await server.deps.db.as(SYSTEM, (trx) =>
      trx
        .updateTable("idempotency_keys")
        .set({ held_until: sql`now()` })
        .where("caller_id", "=", person.id)
        .execute(),
    );
    expect((await post("dead", { name: "Dead" })).status).toBe(201);
    // Whoever comes back from the dead takes nothing away.
    await forgetRequest(server.deps, asked, (begun as { holder: string }).holder);
    expect((await post("dead", { name: "Dead" })).headers.get("Idempotency-Replayed")).toBe("true");
  });

  test("what no key is, and where none counts", async () => {
    for (const key of ["", " ", "x".repeat(256), '"open', "ü"])
      expect((await post(key, { name: "Never" })).status, key).toBe(400);
    expect(await agentsNamed("Never")).toBe(0);
    const headers = { "Idempotency-Key": "read" };
    const reads = [1, 2].map(() => server.call("GET", "/agents", { token: person.token, headers }));
    for (const { headers: got } of await Promise.all(reads)) expect(got.has("Idempotency-Replayed")).toBe(false);
  });
}
