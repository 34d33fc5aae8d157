import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";
import { openWs } from "../../tests/support/ws-client.ts";
import type { Agent, PublicSession } from "../../protocol/resources.ts";
import type { Database } from "../db/database.ts";

const ALLOWED = "https://shop.example";
const FOREIGN = "https://elsewhere.example";

/** On which websites visitors may use a chat, on any database. */
export function allowedOriginCases(openDatabase: () => Promise<Database>): void {
  let server: TestServer;
  let agent: Agent;
  let session: PublicSession;
  const allow = (list: unknown, of = agent) =>
    server.call("PATCH", `/agents/${of.id}`, { body: { config: { allowed_origins: list } } });

  beforeAll(async () => {
    server = await startTestServer({ db: await openDatabase(), environment: { PUBLIC_URL: "https://chat.example" } });
    agent = await server.createPublishedAgent({ name: "Guarded" });
    session = await server.createSession(agent.slug);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    await allow([ALLOWED, "https://*.shop.example:8443"]);
  });

  /** Everything by which a visitor acts. `headers`: where the page is. */
  const acts: [string, (headers: Record<string, string>) => Promise<{ status: number; body: any }>][] = [
    [
      "opening a conversation",
      (headers) => server.request("POST", `/public/agents/${agent.slug}/sessions`, { body: {}, headers }),
    ],
    ["a fresh token", (headers) => server.request("POST", "/public/sessions/refresh", { token: session.token, headers })],
    [
      "a frame by POST",
      (headers) => server.request("POST", "/public/frames", { token: session.token, body: { type: "ping" }, headers }),
    ],
    ["the event stream", (headers) => listen(headers)],
    ["a socket without renus.v1", (headers) => plainSocket(headers)],
  ];
  async function listen(headers: Record<string, string>) {
    const controller = new AbortController();
    const res = await fetch(`${server.url}/public/events?token=${session.token}`, { headers, signal: controller.signal });
    const body = res.ok ? {} : await res.json();
    controller.abort();
    return { status: res.status, body };
  }
  async function plainSocket(headers: Record<string, string>) {
    try {
      await (await openWs(server.url, { token: session.token, isPlain: true, headers })).close();
      return { status: 200, body: {} };
    } catch (err) {
      const { status, body } = err as { status: number; body: string };
      return { status, body: JSON.parse(body) };
    }
  }
  const traces = async () => {
    const { access_count } = await server.ok("GET", `/agents/${agent.id}`);
    const { data } = await server.ok("GET", `/conversations?agent_id=${agent.id}&limit=100`);
    return { access_count, conversations: data.length };
  };

  describe.each(acts)("%s", (_, act) => {
    test.each([
      ["a website of the list", { Origin: ALLOWED }],
      ["one below a star", { Origin: "https://www.shop.example:8443" }],
      ["the public address", { Origin: "https://chat.example" }],
      ["the page's own server, without an Origin", { "Sec-Fetch-Site": "same-origin" }],
    ])("is allowed from %s", async (__, headers) => {
      expect((await act(headers)).status).toBeLessThan(300);
    });
    test("is allowed from the address that was asked for", async () => {
      expect((await act({ Origin: server.url })).status).toBeLessThan(300);
    });

    test.each([
      ["another website", { Origin: FOREIGN }, FOREIGN],
      ["the right name by the wrong scheme", { Origin: "http://shop.example" }, "http://shop.example"],
      ["the name above the star", { Origin: "https://shop.example:8443" }, "https://shop.example:8443"],
      ["a page without an address", { Origin: "null" }, "this page"],
      ["what says nothing of its page", {}, "this page"],
      ["a page of another server, without an Origin", { "Sec-Fetch-Site": "cross-site" }, "this page"],
      ["what is no origin", { Origin: `${FOREIGN}/<script>` }, "this page"],
    ])("is refused from %s, in words for its owner, and changes nothing", async (__, headers, where) => {
      const before = await traces();
      expect(await act(headers as Record<string, string>)).toMatchObject({
        status: 403,
        body: {
          code: "FORBIDDEN",
          error: `This chat may not be used on ${where}. Its owner can add the site to the list of allowed websites.`,
        },
      });
      expect(await traces()).toEqual(before);
    });

    test("is allowed from everywhere while the list is empty, and again when it is gone", async () => {
      for (const list of [[], null]) {
        await allow(list);
        for (const headers of [{ Origin: FOREIGN }, { Origin: "null" }, {}])
          expect((await act(headers as Record<string, string>)).status).toBeLessThan(300);
      }
    });
  });

  test("a socket is told inside, because browsers read no refused handshake, and never comes back", async () => {
    const socket = await openWs(server.url, { token: session.token, headers: { Origin: FOREIGN } });
    expect(await socket.take("error")).toMatchObject({
      code: "FORBIDDEN",
      error: expect.stringContaining(FOREIGN),
      retryable: false,
    });
    expect((await socket.closed).code).toBe(4003);
    expect(socket.frames).toHaveLength(1);
    const allowed = await openWs(server.url, { token: session.token, headers: { Origin: ALLOWED } });
    await allowed.take("connected");
    await allowed.close();
  });

  test("the answer can be read by the page that is refused", async () => {
    const { headers } = await server.request("POST", `/public/agents/${agent.slug}/sessions`, {
      body: {},
      headers: { Origin: FOREIGN },
    });
    expect(headers.get("Access-Control-Allow-Origin")).toBe("*");
  });

  test("a wrong token is told before the website is looked at", async () => {
    const headers = { Origin: FOREIGN };
    const answer = await server.request("POST", "/public/frames", { token: "a.b.c", body: { type: "ping" }, headers });
    expect(answer).toMatchObject({ status: 401, body: { code: "AUTH_ERROR" } });
  });

  test("people of the panel are not visitors: no list is about them", async () => {
    const token = await server.adminToken();
    const headers = { Origin: FOREIGN };
    const socket = await openWs(server.url, { token, headers });
    await socket.take("connected");
    await socket.close();
    expect((await server.request("POST", "/public/frames", { token, body: { type: "ping" }, headers })).status).toBe(200);
  });

  test("another agent's list is its own", async () => {
    const open = await server.createPublishedAgent({ name: "Open" });
    const headers = { Origin: FOREIGN };
    expect((await server.request("POST", `/public/agents/${open.slug}/sessions`, { body: {}, headers })).status).toBe(201);
  });

  describe("the list", () => {
    const read = async () => (await server.ok("GET", `/agents/${agent.id}`)).config.allowed_origins;

    test("is kept in one form, each website once", async () => {
      await allow([
        " https://Shop.Example/ ",
        "https://shop.example:443/contact?utm=1#form",
        "http://LOCALHOST:8080",
        "https://*.Shop.example",
        "https://café.example",
      ]);
      expect(await read()).toEqual([
        "https://shop.example",
        "http://localhost:8080",
        "https://*.shop.example",
        "https://xn--caf-dma.example",
      ]);
    });

    test.each([
      "shop.example",
      "*",
      "https://*",
      "https://*.com",
      "https://a.*.example",
      "https://*shop.example",
      "https://user:word@shop.example",
      "https://shop.example, https://other.example",
      "https://shop.example;script-src",
      "ftp://shop.example",
      "javascript:alert(1)",
      "null",
      "",
      "https://",
      "https://shop.example:99999",
      `https://${"x".repeat(300)}.example`,
      1,
      null,
    ])("takes no %j, says which entry it is, and stays as it was", async (entry) => {
      const before = await read();
      const answer = await allow(["https://fine.example", entry]);
      expect(answer).toMatchObject({ status: 400, body: { code: "VALIDATION_ERROR" } });
      expect(answer.body.issues[0].path).toBe("config.allowed_origins.1");
      expect(await read()).toEqual(before);
    });
    test.each([["https://shop.example"], [{}], [true]])("is no %j", async (list) => {
      expect(await allow(list)).toMatchObject({ status: 400, body: { issues: [{ path: "config.allowed_origins" }] } });
    });
    test("has at most 50 websites", async () => {
      const list = Array.from({ length: 51 }, (_, n) => `https://s${n}.example`);
      expect(await allow(list)).toMatchObject({ status: 400, body: { issues: [{ message: "At most 50 websites." }] } });
      expect((await allow(list.slice(1))).status).toBe(200);
    });
    test("is not for visitors to see", async () => {
      const headers = { Origin: ALLOWED };
      const opened = await server.request("POST", `/public/agents/${agent.slug}/sessions`, { body: {}, headers });
      const profile = await server.request("GET", `/public/agents/${agent.slug}`, { headers });
      for (const { status, body } of [opened, profile]) {
        expect(status).toBeLessThan(300);
        expect(JSON.stringify(body)).not.toContain("shop.example");
      }
    });
    test("that was written by hand and holds anything refuses nobody by a crash", async () => {
      const odd = await server.createPublishedAgent({ name: "Odd" });
      const { token } = await server.createSession(odd.slug);
      for (const list of ['"everywhere"', "{}", "[1, null]", '["nonsense", 1]']) {
        await server.deps.db.as({ kind: "system" }, (trx) =>
          trx
            .updateTable("agents")
            .set({ config: `{"allowed_origins": ${list}}` })
            .where("id", "=", odd.id)
            .execute(),
        );
        const { status } = await server.request("POST", "/public/frames", {
          token,
          body: { type: "ping" },
          headers: { Origin: FOREIGN },
        });
        expect(status, list).toBe(list.includes("nonsense") ? 403 : 200);
      }
    });
  });
}
