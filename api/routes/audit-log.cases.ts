import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ownerQuery } from "../../tests/support/owner.ts";
import { startTestServer, type TestServer, type TestUser } from "../../tests/support/server.ts";
import type { AuditEntry, Page } from "../../protocol/resources.ts";
import { SYSTEM } from "../db/actor.ts";
import type { Database } from "../db/database.ts";
import { sweepChanges } from "../services/audit/sweep-changes.ts";

/** Who changed what, on any database. */
export function auditLogCases(openDatabase: () => Promise<Database>): void {
  let db: Database;
  let server: TestServer;
  let admin: TestUser;
  let member: TestUser;
  beforeAll(async () => {
    db = await openDatabase();
    server = await startTestServer({ db });
    admin = await server.createUser({ name: "Ada" });
    member = await server.createUser({ role: "client", client_id: (await server.createClient("Bakery")).id });
  });
  afterAll(() => server.stop());

  const as = ({ token }: TestUser, body?: unknown) => ({ token, ...(body === undefined ? {} : { body }) });
  const entries = async (query = "") => (await server.ok<Page<AuditEntry>>("GET", `/audit-log?limit=100${query}`)).data;
  /** What is written down about an object, oldest first, as [action, who, fields]. */
  const storyOf = async (id: string) =>
    (await entries(`&object_id=${id}`)).toReversed().map((entry) => [entry.action, entry.actor_name, entry.fields]);

  test("the life of an agent and its specialist, by whoever of the company does it, with names of fields alone", async () => {
    const secret = "the-words-nobody-may-read-here";
    const agent = await server.createAgent({ name: "Front desk" }, member.token);
    const path = `/agents/${agent.id}`;
    await server.ok("PATCH", path, as(member, { name: "Reception", config: { greeting: secret, retention_days: 7 } }));
    await server.ok("PATCH", path, as(member, { name: "Reception", config: { greeting: secret } }));
    await server.ok("PATCH", path, as(member, { system_prompt: secret }));
    await server.ok("PUT", `/agents/wizard/${agent.id}/step/1`, as(member, { name: "Desk", niche: "hotels" }));
    await server.publish(agent.id, member.token);
    await server.ok("POST", `${path}/identity/rotate`, as(admin));
    const { secret: identity } = await server.ok("GET", `${path}/identity`);
    const specialist = await server.createSubAgent(agent.id, { name: "Rooms", system_prompt: secret }, member.token);
    await server.ok(
      "PATCH",
      `${path}/sub-agents/${specialist.id}`,
      as(member, { topics: ["beds"], system_prompt: `${secret}!` }),
    );
    await server.ok("DELETE", `${path}/sub-agents/${specialist.id}`, as(member));
    await server.ok("POST", `${path}/unpublish`, as(member));
    await server.ok("DELETE", path, as(admin));

    expect(await storyOf(agent.id)).toEqual([
      ["agent.created", member.email, []],
      ["agent.changed", member.email, expect.arrayContaining(["config.greeting", "config.retention_days", "name"])],
      ["agent.changed", member.email, expect.arrayContaining(["system_prompt"])],
      ["agent.changed", member.email, expect.arrayContaining(["config.step_1_data", "name"])],
      ["agent.published", member.email, []],
      ["agent.secret_rotated", admin.email, []],
      ["agent.paused", member.email, []],
      ["agent.deleted", admin.email, []],
    ]);
    expect(await storyOf(specialist.id)).toEqual([
      ["sub_agent.created", member.email, []],
      ["sub_agent.changed", member.email, ["system_prompt", "topics"]],
      ["sub_agent.deleted", member.email, []],
    ]);
    const [last] = await entries(`&object_id=${agent.id}`);
    expect(last).toMatchObject({ object_name: "Desk", client_id: agent.client_id, actor_id: admin.id });
    const all = JSON.stringify(await ownerQuery(db, "select * from public.audit_log"));
    expect(all).not.toContain(secret);
    expect(all).not.toContain(identity);
  });

  test("companies, people and their passwords, keys and what is done with them", async () => {
    const company = await server.ok("POST", "/clients", as(admin, { name: "Florist" }));
    await server.ok("PATCH", `/clients/${company.id}`, as(admin, { name: "Flowers" }));
    const password = "a password nobody may read";
    const email = `${crypto.randomUUID()}@example.test`;
    const body = { email, password, role: "client", client_id: company.id, name: "Fay" };
    const person = await server.ok("POST", "/users", as(admin, body));
    await server.ok("PATCH", `/users/${person.id}`, as(admin, { name: "Faye", password: `${password}!`, role: "admin" }));
    const { access_token: token } = await server.signIn(email, `${password}!`);
    await server.ok("PUT", "/auth/v1/user", { token, body: { password: `${password}?` } });
    const { id: key_id, key } = await server.ok(
      "POST",
      "/api-keys",
      as(admin, { name: "Till", client_id: null, scopes: ["clients:write"] }),
    );
    await server.ok("PATCH", `/clients/${company.id}`, { token: key, body: { name: "Blossoms" } });
    await server.ok("DELETE", `/api-keys/${key_id}`, as(admin));
    await server.ok("DELETE", `/users/${person.id}`, as(admin));
    await server.ok("DELETE", `/clients/${company.id}`, as(admin));
    expect(await storyOf(company.id)).toEqual([
      ["client.created", admin.email, []],
      ["client.changed", admin.email, ["name"]],
      ["client.changed", "Till", ["name"]],
      ["client.deleted", admin.email, []],
    ]);
    expect(await storyOf(person.id)).toEqual([
      ["user.created", admin.email, []],
      ["user.changed", admin.email, ["client_id", "name", "role", "password"]],
      ["user.changed", email, ["password"]],
      ["user.deleted", admin.email, []],
    ]);
    expect(await storyOf(key_id)).toEqual([
      ["api_key.created", admin.email, []],
      ["api_key.revoked", admin.email, []],
    ]);
    const all = JSON.stringify(await entries());
    for (const secret of [password, key]) expect(all).not.toContain(secret);
  });

  test("webhooks, by their host alone, and canned replies", async () => {
    const url = "https://hooks.example/a-token-in-the-path";
    const webhook = await server.ok("POST", "/webhooks", as(member, { url, events: ["agent.published"] }));
    const path = `/webhooks/${webhook.id}`;
    await server.ok("PATCH", path, as(member, { url: `${url}!`, events: ["agent.unpublished"] }));
    await server.ok("PATCH", path, as(admin, { is_active: true, events: ["agent.unpublished"] }));
    await server.ok("PATCH", path, as(admin, { is_active: false }));
    const { secret } = await server.ok("POST", `${path}/rotate-secret`, as(member));
    await server.ok("DELETE", path, as(member));
    const reply = await server.ok("POST", "/canned-replies", as(member, { shortcut: "hours", content: "A secret at seven." }));
    await server.ok("PATCH", `/canned-replies/${reply.id}`, as(member, { content: "A secret at eight." }));
    await server.ok("PATCH", `/canned-replies/${reply.id}`, as(member, { content: "A secret at eight." }));
    await server.ok("DELETE", `/canned-replies/${reply.id}`, as(admin));
    expect(await storyOf(webhook.id)).toEqual([
      ["webhook.created", member.email, []],
      ["webhook.changed", member.email, ["events", "url"]],
      ["webhook.changed", admin.email, ["is_active"]],
      ["webhook.secret_rotated", member.email, []],
      ["webhook.deleted", member.email, []],
    ]);
    expect(await storyOf(reply.id)).toEqual([
      ["canned_reply.created", member.email, []],
      ["canned_reply.changed", member.email, ["content"]],
      ["canned_reply.deleted", admin.email, []],
    ]);
    const about = [...(await entries(`&object_id=${webhook.id}`)), ...(await entries(`&object_id=${reply.id}`))];
    expect(new Set(about.map(({ object_name }) => object_name))).toEqual(new Set(["hooks.example", "hours"]));
    expect(JSON.stringify(about)).not.toMatch(/token-in-the-path|A secret|whsec_/);
    expect(secret).toMatch(/^whsec_/);
  });

  test("who took what is kept of a visitor out, and who erased them, without a name", async () => {
    const agent = await server.createPublishedAgent({ name: "Shop" });
    const session = await server.createSession(agent.slug, { body: { name: "Ana", email: "ana@example.test" } });
    await server.ok("GET", `/visitors/${session.visitor_id}/export`, as(admin));
    await server.ok("DELETE", `/visitors/${session.visitor_id}`, as(admin));
    expect(await storyOf(session.visitor_id)).toEqual([
      ["visitor.exported", admin.email, []],
      ["visitor.erased", admin.email, []],
    ]);
    expect(JSON.stringify(await entries())).not.toMatch(/Ana|ana@example/);
  });

  test("what was refused or rolled back is not in it", async () => {
    const count = (await entries()).length;
    const agent = await server.createAgent({ name: "Taken", slug: "taken-by-a-test" }, admin.token);
    for (const [method, path, body, status] of [
      ["POST", "/agents", { name: "Second", slug: "taken-by-a-test" }, 409],
      ["PATCH", `/agents/${agent.id}`, { config: { limits: { usd_per_day: -1 } } }, 400],
      ["DELETE", `/agents/${crypto.randomUUID()}`, undefined, 404],
      ["DELETE", `/users/${admin.id}`, undefined, 403],
    ] as const)
      expect((await server.call(method, path, as(admin, body))).status).toBe(status);
    expect((await server.call("DELETE", `/agents/${agent.id}`, as(member))).status).toBe(404);
    expect((await entries()).length).toBe(count + 1);
  });

  describe("reading", () => {
    test("goes page by page and by action, person and object", async () => {
      const agent = await server.createAgent({}, admin.token);
      for (const name of ["One", "Two", "Three"]) await server.ok("PATCH", `/agents/${agent.id}`, as(admin, { name }));
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const next: string = cursor === null ? "" : `&cursor=${cursor}`;
        const page: Page<AuditEntry> = await server.ok("GET", `/audit-log?limit=2&object_id=${agent.id}${next}`);
        seen.push(...page.data.map(({ id }) => id));
        cursor = page.next_cursor;
      } while (cursor !== null);
      expect(seen).toEqual((await entries(`&object_id=${agent.id}`)).map(({ id }) => id));
      expect(new Set(seen).size).toBe(4);
      const changed = await entries("&action=agent.changed");
      expect(new Set(changed.map(({ action }) => action))).toEqual(new Set(["agent.changed"]));
      const theirs = await entries(`&actor_id=${member.id}`);
      expect(theirs.length).toBeGreaterThan(0);
      expect(new Set(theirs.map(({ actor_id }) => actor_id))).toEqual(new Set([member.id]));
      for (const query of ["action=agent.eaten", "actor_id=somebody", "cursor=nonsense"])
        expect((await server.call("GET", `/audit-log?${query}`)).body.code, query).toBe("VALIDATION_ERROR");
    });

    test("is for administrators", async () => {
      expect((await server.call("GET", "/audit-log", as(member))).body.code).toBe("FORBIDDEN");
      expect((await server.call("GET", "/audit-log", { token: null })).status).toBe(401);
    });
  });

  test("nobody writes an entry in somebody else's name, changes one or deletes one", async () => {
    const actor = {
      kind: "user",
      user_id: member.id,
      role: "client",
      client_id: null,
      email: "",
      name: null,
      session_id: null,
    } as const;
    const id = crypto.randomUUID();
    await db.as(actor, (trx) =>
      sql`select renus.note_change(${admin.id}::uuid, 'x', 'agent.deleted', ${id}::uuid, null, null, '{}')`.execute(trx),
    );
    expect(await entries(`&object_id=${id}`)).toMatchObject([{ actor_id: member.id }]);
    for (const statement of [
      "insert into audit_log (actor_id, action, object_id) values (gen_random_uuid(), 'x', gen_random_uuid())",
      "update audit_log set actor_id = gen_random_uuid()",
      "delete from audit_log",
    ])
      await expect(
        db.as({ ...actor, user_id: admin.id, role: "admin" }, (trx) => sql.raw(statement).execute(trx)),
      ).rejects.toThrow("permission denied");
  });

  test("an entry is kept for a year", async () => {
    const agent = await server.createAgent({}, admin.token);
    const age = (days: number) =>
      ownerQuery(db, `update public.audit_log set created_at = now() - interval '${days} days' where object_id = $1`, [agent.id]);
    await age(364);
    expect(await sweepChanges({ db })).toBe(0);
    await age(366);
    expect(await sweepChanges({ db })).toBe(1);
    expect(
      await db.as(SYSTEM, (trx) => trx.selectFrom("audit_log").select("id").where("object_id", "=", agent.id).execute()),
    ).toEqual([]);
  });
}
