import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tablesThatHold } from "../../tests/support/kept.ts";
import { ownerQuery } from "../../tests/support/owner.ts";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";
import { openWs } from "../../tests/support/ws-client.ts";
import type { Database } from "../db/database.ts";

/** Where people come from, on any database. */
export function addressCases(openDatabase: () => Promise<Database>): void {
  const ADDRESS = "203.0.113.77";
  const V6 = "2001:db8:77:88";
  const from = (address: string) => ({ "X-Forwarded-For": address });
  const lines: string[] = [];
  let server: TestServer;
  beforeAll(async () => {
    const log = pino({ level: "trace" }, { write: (line: string) => void lines.push(line) });
    server = await startTestServer({
      db: await openDatabase(),
      log,
      environment: { TRUST_PROXY: "1" },
      limits: { sessionsPerHourPerIp: 3 },
    });
  });
  afterAll(() => server.stop());

  test("an address is in no table and in no log, whatever somebody does there: what is counted is a keyed hash, for its time", async () => {
    const { db } = server.deps;
    const agent = await server.createPublishedAgent({ name: "Desk" });
    const begin = (address: string) =>
      server.call("POST", `/public/agents/${agent.slug}/sessions`, { token: null, headers: from(address), body: {} });
    const statuses = [];
    for (const address of [ADDRESS, ADDRESS, ADDRESS, ADDRESS, `${V6}::1`]) statuses.push((await begin(address)).status);
    expect(statuses, "it is counted").toEqual([201, 201, 201, 429, 201]);
    const { token, conversation_id } = (await begin(`${V6}::2`)).body;
    const frame = { type: "message", conversation_id, content: "hello", client_message_id: crypto.randomUUID() };
    await server.ok("POST", "/public/frames", { token, headers: from(ADDRESS), body: frame });
    const socket = await openWs(server.url, { token, headers: from(ADDRESS) });
    await socket.take("connected");
    socket.send({ ...frame, client_message_id: crypto.randomUUID() });
    await socket.take("message_sent");
    await socket.close();
    for (let n = 0; n < 3; n++) {
      const wrong = { email: server.adminEmail, password: `wrong ${n}` };
      await server.call("POST", "/auth/v1/token?grant_type=password", { token: null, headers: from(ADDRESS), body: wrong });
    }
    expect(await tablesThatHold(db, [ADDRESS, V6])).toEqual({});
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => line.includes(ADDRESS) || line.includes(V6) || line.includes("127.0.0.1:"))).toEqual([]);
    // The embedded database has one process, which counts in its own memory.
    const counted = await ownerQuery(
      db,
      "select key, ends_at - now() < interval '1 day 1 minute' as ends from public.rate_counters",
    );
    expect(counted.length > 0).toBe(db.kind === "postgres");
    for (const { key, ends } of counted) expect([key, ends]).toEqual([expect.stringMatching(/^[\w-]{22}$/), true]);
  });
}
