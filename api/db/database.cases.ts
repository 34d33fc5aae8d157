import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ownerQuery } from "../../tests/support/owner.ts";
import { SYSTEM, type Actor, type VisitorActor } from "./actor.ts";
import { sqlState, violatedConstraint, type Database } from "./database.ts";

/** What services may rely on, whatever the database. */
export function databaseCases(open: () => Promise<Database>): void {
  let db: Database;
  let visitor: VisitorActor;
  let conversationId: string;

  beforeAll(async () => {
    db = await open();
    ({ visitor, conversationId } = await db.as(SYSTEM, async (trx) => {
      const client = await trx.insertInto("clients").values({ name: "Company" }).returning("id").executeTakeFirstOrThrow();
      const agent = await trx
        .insertInto("agents")
        .values({ client_id: client.id, name: "Agent", slug: "agent", system_prompt: "" })
        .returning("id")
        .executeTakeFirstOrThrow();
      const person = await trx
        .insertInto("visitors")
        .values({ agent_id: agent.id, client_id: client.id })
        .returning("id")
        .executeTakeFirstOrThrow();
      const conversation = await trx
        .insertInto("conversations")
        .values({ agent_id: agent.id, client_id: client.id, visitor_id: person.id })
        .returning("id")
        .executeTakeFirstOrThrow();
      return {
        visitor: { kind: "visitor" as const, visitor_id: person.id, agent_id: agent.id, client_id: client.id },
        conversationId: conversation.id,
      };
    }));
  });
  afterAll(() => db.close());

  const whoAmI = (actor: Actor) =>
    db.as(actor, async (trx) => {
      const { rows } = await sql<{ role: string; claims: string }>`
        select current_user as role, current_setting('request.jwt.claims') as claims`.execute(trx);
      return rows[0]!;
    });

  test("each transaction has the role and the claims of its actor, also side by side", async () => {
    const user: Actor = {
      kind: "user",
      user_id: 'o\'Brien \\ "x"',
      role: "client",
      client_id: null,
      email: "",
      name: null,
      session_id: null,
    };
    const all = await Promise.all([SYSTEM, visitor, user, visitor, SYSTEM, user].map(whoAmI));
    expect(all.map(({ role }) => role)).toEqual([
      "service_role",
      "renus_visitor",
      "authenticated",
      "renus_visitor",
      "service_role",
      "authenticated",
    ]);
    expect(JSON.parse(all[2]!.claims)).toEqual({ sub: 'o\'Brien \\ "x"', role: "authenticated" });
    expect(JSON.parse(all[1]!.claims)).toEqual({ sub: visitor.visitor_id, role: "renus_visitor" });
  });

  test("a throw takes everything back, and the connection is good for the next", async () => {
    await expect(
      db.as(SYSTEM, async (trx) => {
        await trx.insertInto("clients").values({ name: "Never" }).execute();
        throw new Error("changed my mind");
      }),
    ).rejects.toThrow("changed my mind");
    const failed = await db
      .as(SYSTEM, (trx) =>
        trx.insertInto("agents").values({ client_id: visitor.client_id, name: "x", slug: "agent", system_prompt: "" }).execute(),
      )
      .catch((err: unknown) => err);
    expect([sqlState(failed), violatedConstraint(failed)]).toEqual(["23505", "agents_slug_key"]);
    expect(await db.as(SYSTEM, (trx) => trx.selectFrom("clients").select("name").execute())).toEqual([{ name: "Company" }]);
  });

  test("an error carries no SQL and no values", async () => {
    const err = (await db
      .as(visitor, (trx) => trx.updateTable("messages").set({ content: "the visitor's secret" }).execute())
      .catch((reason: unknown) => reason)) as Error;
    expect(sqlState(err)).toBe("42501");
    expect(JSON.stringify({ ...err, message: err.message })).not.toContain("secret");
  });

  test("a transaction inside a transaction is refused instead of waiting for itself", async () => {
    await expect(db.as(SYSTEM, () => db.as(SYSTEM, async () => {}))).rejects.toThrow("inside a transaction");
  });

  test("values read as on the wire", async () => {
    const config = { list: [1, { deep: null }], text: "مرحبا 👋 \\ '" };
    const row = await db.as(SYSTEM, (trx) =>
      trx
        .updateTable("agents")
        .set({ config: JSON.stringify(config) })
        .returningAll()
        .executeTakeFirstOrThrow(),
    );
    expect(row.config).toEqual(config);
    expect(row.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const { count } = await db.as(SYSTEM, (trx) =>
      trx
        .selectFrom("agents")
        .select((eb) => eb.fn.countAll<number>().as("count"))
        .executeTakeFirstOrThrow(),
    );
    expect(count).toBe(1);
    await db.as(SYSTEM, async (trx) => {
      const made = await trx
        .insertInto("sub_agents")
        .values({ agent_id: visitor.agent_id, name: "x", system_prompt: "", topics: ["a,b", 'c"d', "{e}", "ü", ""] })
        .returning("topics")
        .executeTakeFirstOrThrow();
      expect(made.topics).toEqual(["a,b", 'c"d', "{e}", "ü", ""]);
    });
  });

  interface Appended {
    message: { id: string; seq: number; rev: number; content: string };
    duplicate: boolean;
  }
  const append = (content: string, clientMessageId: string | null = null) =>
    db.as(visitor, async (trx) => {
      const { rows } = await sql<Appended>`select to_jsonb((a).message) as message, (a).duplicate from
        (select renus.append_message(${conversationId}::uuid, 'visitor', ${content}, ${visitor.visitor_id}::uuid, null, ${clientMessageId}::uuid) as a) x`.execute(
        trx,
      );
      return rows[0]!;
    });

  test("40 messages written at once get 1 to 40; the same id again answers with the same row", async () => {
    const appended = await Promise.all(Array.from({ length: 40 }, (_, i) => append(`message ${i}`, crypto.randomUUID())));
    expect(appended.map(({ message }) => message.seq).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(appended.every(({ message, duplicate }) => message.rev === message.seq && !duplicate)).toBe(true);

    const id = crypto.randomUUID();
    const twice = await Promise.all([append("once", id), append("once", id), append("once", id)]);
    expect(new Set(twice.map(({ message }) => message.id)).size).toBe(1);
    expect(twice.map(({ duplicate }) => duplicate).sort()).toEqual([false, true, true]);
    expect(sqlState(await append("something else", id).catch((err: unknown) => err))).toBe("RN409");
    expect(await ownerQuery(db, "select last_seq, last_rev from conversations where id = $1", [conversationId])).toEqual([
      { last_seq: 41, last_rev: 41 },
    ]);
  });

  test("whoever reads on from the highest seq they saw misses nothing that is committed later", async () => {
    const [before] = await ownerQuery(db, "select last_seq from conversations where id = $1", [conversationId]);
    let seen = Number(before!["last_seq"]);
    const wanted = seen + 60;
    const read: number[] = [];
    const writers = Promise.all(
      Array.from({ length: 6 }, async () => {
        for (let i = 0; i < 10; i++) await append("x");
      }),
    );
    while (seen < wanted) {
      const rows = await db.as(visitor, (trx) =>
        trx
          .selectFrom("messages")
          .select("seq")
          .where("conversation_id", "=", conversationId)
          .where("seq", ">", seen)
          .orderBy("seq")
          .execute(),
      );
      read.push(...rows.map((row) => row.seq));
      seen = read.at(-1) ?? seen;
    }
    await writers;
    expect(read).toEqual(Array.from({ length: 60 }, (_, i) => Number(before!["last_seq"]) + 1 + i));
  });
}
