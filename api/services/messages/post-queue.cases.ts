import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { SYSTEM } from "../../db/actor.ts";
import type { Database } from "../../db/database.ts";
import type { Claimant, ClaimRow } from "./claims.ts";
import { createPostQueue, type Posted, type Posting, type PostQueue } from "./post-queue.ts";

interface Room {
  conversation_id: string;
  visitor_id: string;
}

/** Runs the same on every database. */
export function describePostQueue(openDatabase: () => Promise<Database>): void {
  let db: Database;
  let agent: { id: string; client_id: string };
  let commits: number[];
  let queue: PostQueue;

  beforeAll(async () => {
    db = await openDatabase();
    agent = await db.as(SYSTEM, async (trx) => {
      const client = await trx.insertInto("clients").values({ name: "Shop" }).returning("id").executeTakeFirstOrThrow();
      return trx
        .insertInto("agents")
        .values({ client_id: client.id, name: "Aria", slug: "aria", system_prompt: "", status: "active", is_public: true })
        .returning(["id", "client_id"])
        .executeTakeFirstOrThrow();
    });
  });
  afterAll(() => db.close());
  beforeEach(() => {
    commits = [];
    queue = createPostQueue(db, { waitingMax: 1000, onCommit: (count) => commits.push(count) });
  });

  const openRooms = (count: number) =>
    db.as(SYSTEM, async (trx): Promise<Room[]> => {
      const owner = { agent_id: agent.id, client_id: agent.client_id };
      const visitors = await trx
        .insertInto("visitors")
        .values(Array.from({ length: count }, () => owner))
        .returning("id as visitor_id")
        .execute();
      const rooms = await trx
        .insertInto("conversations")
        .values(visitors.map(({ visitor_id }) => ({ ...owner, visitor_id })))
        .returning(["id as conversation_id", "visitor_id"])
        .execute();
      return rooms as Room[];
    });
  const posting = (room: Room, content = "Hello", more: Partial<Posting> = {}): Posting => ({
    ...room,
    content,
    client_message_id: randomUUID(),
    reply_to: null,
    ...more,
  });
  const stored = (rooms: readonly Room[]) =>
    db.as(SYSTEM, (trx) =>
      trx
        .selectFrom("messages")
        .select(["conversation_id", "sender_id", "seq", "rev", "content"])
        .where(
          "conversation_id",
          "in",
          rooms.map((room) => room.conversation_id),
        )
        .orderBy("conversation_id")
        .orderBy("seq")
        .execute(),
    );
  const jobs = (rooms: readonly Room[]) =>
    db.as(SYSTEM, (trx) =>
      trx
        .selectFrom("reply_jobs")
        .select(["conversation_id", "status", "up_to_seq"])
        .where(
          "conversation_id",
          "in",
          rooms.map((room) => room.conversation_id),
        )
        .execute(),
    );
  const messageOf = (posted: Posted) => ("message" in posted ? posted.message : null);

  test("a message alone goes at once; those of many visitors that come meanwhile share a few commits", async () => {
    const rooms = await openRooms(120);
    const first = await queue.post(posting(rooms[0]!));
    expect(first).toMatchObject({ outcome: "stored", isReplyDue: true, message: { seq: 1, rev: 1, role: "visitor" } });
    expect(commits).toEqual([1]);

    const posted = await Promise.all(rooms.map((room, index) => queue.post(posting(room, `from ${index}`))));
    for (const [index, room] of rooms.entries()) {
      expect(messageOf(posted[index]!)).toMatchObject({
        conversation_id: room.conversation_id,
        sender: { kind: "visitor", id: room.visitor_id, name: null },
        content: `from ${index}`,
        seq: index === 0 ? 2 : 1,
      });
    }
    expect(commits.slice(1).reduce((sum, count) => sum + count)).toBe(120);
    expect(commits.length).toBeLessThan(10);
    // One wish for a reply each, up to the last message.
    const wished = await jobs(rooms);
    expect(wished).toHaveLength(120);
    expect(wished.find((job) => job.conversation_id === rooms[0]!.conversation_id)).toMatchObject({
      status: "queued",
      up_to_seq: 2,
    });
  });

  test("the messages of one conversation are stored in the order in which they were posted", async () => {
    const [room, other] = (await openRooms(2)) as [Room, Room];
    await Promise.all(Array.from({ length: 30 }, (_, index) => queue.post(posting(index % 10 === 9 ? other : room, `${index}`))));
    const rows = (await stored([room])).map(({ content, seq, rev }) => ({ content, seq, rev }));
    const contents = Array.from({ length: 30 }, (_, index) => `${index}`).filter((_, index) => index % 10 !== 9);
    expect(rows).toEqual(contents.map((content, index) => ({ content, seq: index + 1, rev: index + 1 })));
  });

  test("the same id at once and later is the same row, and with other content a conflict", async () => {
    const [room] = (await openRooms(1)) as [Room];
    const message = posting(room);
    const posted = await Promise.all([queue.post(message), queue.post(message), queue.post({ ...message, content: "Other" })]);
    expect(posted.map(({ outcome }) => outcome)).toEqual(["stored", "duplicate", "conflict"]);
    expect(messageOf(posted[1]!)).toEqual(messageOf(posted[0]!));
    expect(await queue.post(message)).toMatchObject({ outcome: "duplicate", isReplyDue: false });
    expect(await stored([room])).toHaveLength(1);
  });

  test("a value that no column takes fails alone", async () => {
    const rooms = await openRooms(9);
    const settled = await Promise.allSettled(
      rooms.map((room, index) => queue.post(posting(room, index === 4 ? "a\0b" : "fine"))),
    );
    expect(settled.map(({ status }) => status)).toEqual(rooms.map((_, index) => (index === 4 ? "rejected" : "fulfilled")));
    expect(await stored(rooms)).toHaveLength(8);
    // And its conversation goes on.
    expect(await queue.post(posting(rooms[4]!))).toMatchObject({ outcome: "stored", message: { seq: 1 } });
  });

  test("a visitor cannot write into another's conversation, not even in the same commit as its own visitor", async () => {
    const [mine, yours] = (await openRooms(2)) as [Room, Room];
    const forged = { conversation_id: yours.conversation_id, visitor_id: mine.visitor_id };
    const unknown = { conversation_id: randomUUID(), visitor_id: mine.visitor_id };
    const posted = await Promise.all([mine, forged, yours, unknown].map((room) => queue.post(posting(room))));
    expect(posted.map(({ outcome }) => outcome)).toEqual(["stored", "absent", "stored", "absent"]);
    expect(commits[0]).toBe(1);
    const rows = await stored([mine, yours]);
    expect(rows.map(({ conversation_id, sender_id }) => ({ conversation_id, visitor_id: sender_id }))).toEqual(
      expect.arrayContaining([mine, yours]),
    );
    expect(rows).toHaveLength(2);
  });

  test("a paused agent takes nothing new, and still knows what it has", async () => {
    const [room] = (await openRooms(1)) as [Room];
    const message = posting(room);
    await queue.post(message);
    const setStatus = (status: string) =>
      db.as(SYSTEM, (trx) => trx.updateTable("agents").set({ status }).where("id", "=", agent.id).execute());
    await setStatus("inactive");
    const posted = await Promise.all([queue.post(message), queue.post(posting(room, "New"))]).finally(() => setStatus("active"));
    expect(posted.map(({ outcome }) => outcome)).toEqual(["duplicate", "unavailable"]);
    expect(await stored([room])).toHaveLength(1);
  });

  test("a closed conversation and a foreign reply_to are refused, and nobody else with them", async () => {
    const [closed, foreign, fine] = (await openRooms(3)) as [Room, Room, Room];
    const { id } = messageOf(await queue.post(posting(fine)))!;
    await db.as(SYSTEM, (trx) =>
      trx.updateTable("conversations").set({ status: "closed" }).where("id", "=", closed.conversation_id).execute(),
    );
    const posted = await Promise.all([
      queue.post(posting(closed)),
      queue.post(posting(foreign, "Hello", { reply_to: id })),
      queue.post(posting(fine, "Hello", { reply_to: id })),
    ]);
    expect(posted.map(({ outcome }) => outcome)).toEqual(["closed", "foreign_reply_to", "stored"]);
    expect(await stored([closed, foreign])).toEqual([]);
  });

  test("whoever has room gets the replies that are due with their messages, as many as there is room for", async () => {
    const answers: (readonly ClaimRow[])[] = [];
    const claimant: Claimant = {
      offer: () => ({ worker_id: "me", limit: 2, lease_ms: 60_000, turns_max: 200, take: (claims) => void answers.push(claims) }),
    };
    const claiming = createPostQueue(db, { waitingMax: 1000, claimant });
    const rooms = (await openRooms(4)) as [Room, Room, Room, Room];
    await db.as(SYSTEM, (trx) =>
      trx.updateTable("conversations").set({ owner: "operator" }).where("id", "=", rooms[3].conversation_id).execute(),
    );
    const posted = await Promise.all(rooms.map((room, index) => claiming.post(posting(room, `question ${index}`))));
    const claimed = posted.map((one) => "isClaimed" in one && one.isClaimed);
    expect(claimed.filter(Boolean)).toHaveLength(2);
    expect(claimed[3], "a person answers there").toBe(false);
    await expect.poll(() => answers.flat().length).toBe(claimed.filter(Boolean).length);
    for (const claim of answers.flat()) {
      const index = rooms.findIndex((room) => room.conversation_id === claim.conversation_id);
      const { visitor_id } = rooms[index]!;
      expect(claim).toMatchObject({ visitor_id, up_to_seq: 1, fence: 1, attempt: 1, message_id: null, cancel_requested: false });
      expect(claim.turns).toMatchObject([{ role: "visitor", content: `question ${index}`, sender_id: visitor_id }]);
    }
    const statuses = new Map((await jobs(rooms)).map((job) => [job.conversation_id, job.status]));
    expect(rooms.map(({ conversation_id }) => statuses.get(conversation_id))).toEqual([
      ...claimed.slice(0, 3).map((isClaimed) => (isClaimed ? "running" : "queued")),
      undefined,
    ]);

    // Before its first word a newer message supersedes the reply, and whoever writes it now holds a higher fence.
    const first = rooms[claimed.indexOf(true)]!;
    await claiming.post(posting(first, "and another"));
    await expect.poll(() => answers.flat().at(-1)).toMatchObject({ up_to_seq: 2, fence: 3, attempt: 1 });
    // One that speaks goes on; the next reply waits for its end.
    await db.as(SYSTEM, async (trx) => {
      const { rows } = await sql<{ id: string }>`
        select (a.message).id from renus.append_message(${first.conversation_id}::uuid, 'assistant', 'Well', null, null,
          null, null, 'streaming', 1) a`.execute(trx);
      await trx
        .updateTable("reply_jobs")
        .set({ message_id: rows[0]!.id })
        .where("conversation_id", "=", first.conversation_id)
        .execute();
    });
    expect(await claiming.post(posting(first, "and then?"))).toMatchObject({ isReplyDue: true, isClaimed: false });
    expect((await jobs([first])).map(({ status }) => status).toSorted()).toEqual(["queued", "running"]);
    // What fails is answered as well: the room is free again.
    const count = answers.length;
    await expect(claiming.post(posting(first, "a\0b"))).rejects.toThrow();
    expect(answers.slice(count)).toEqual([[]]);
  });

  test("who comes while too many wait is told to come back, and the others are stored", async () => {
    const rooms = await openRooms(12);
    const strict = createPostQueue(db, { waitingMax: 10 });
    const settled = await Promise.allSettled(rooms.map((room) => strict.post(posting(room))));
    const refused = settled.filter((one) => one.status === "rejected");
    expect(refused).toHaveLength(2);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: "RATE_LIMITED", details: { retry_after_ms: 1000 } });
    expect(await stored(rooms)).toHaveLength(10);
  });
}
