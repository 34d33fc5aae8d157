import { createRequire } from "node:module";
import { PNG } from "pngjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Agent, AgentInstall, Client, Conversation, Page } from "../../protocol/resources.ts";
import { SYSTEM } from "../db/actor.ts";
import type { BusEvent } from "../bus/bus.ts";
import { startTestServer, type TestServer, type TestUser } from "../../tests/support/server.ts";
import type { Database } from "../db/database.ts";

// The package is CommonJS whose types describe an ES module.
const jsQR = createRequire(import.meta.url)("jsqr") as typeof import("jsqr").default;

/** Agents, their addresses and codes, on any database. */
export function agentCases(openDatabase: () => Promise<Database>): void {
  let server: TestServer;
  let owner: TestUser;
  let clientId: string;
  beforeAll(async () => {
    server = await startTestServer({ db: await openDatabase() });
    clientId = (await server.createClient("Ours")).id;
    owner = await server.createUser({ role: "client", client_id: clientId });
  });
  afterAll(() => server.stop());

  async function events(work: () => Promise<unknown>): Promise<BusEvent[]> {
    const heard: BusEvent[] = [];
    const stop = server.deps.bus.subscribe((event) => heard.push(event));
    await work();
    stop();
    return heard.filter((event) => event.topic === "registry");
  }

  describe("create", () => {
    test("a name is enough", async () => {
      const agent = await server.createAgent({ name: "  Café Größe Ñandú  " });
      expect(agent).toMatchObject({
        name: "Café Größe Ñandú",
        slug: "cafe-grosse-nandu",
        status: "draft",
        is_public: false,
        public_url: null,
        channel: "whatsapp",
        model: "gpt-4o-mini",
        access_count: 0,
        description: null,
      });
      expect(agent.system_prompt).toContain("Café Größe Ñandú");
      expect(await server.ok("GET", `/agents/${agent.id}`)).toEqual(agent);
    });
    test("a body whose length is not told is read as well", async () => {
      const res = await fetch(`${server.url}/agents`, {
        method: "POST",
        headers: { Authorization: `Bearer ${await server.adminToken()}`, "Content-Type": "application/json" },
        body: new Blob([JSON.stringify({ name: "Streamed", description: "é".repeat(1000) })]).stream(),
        duplex: "half",
      } as RequestInit);
      expect(res.status).toBe(201);
      expect(await res.json()).toMatchObject({ name: "Streamed", description: "é".repeat(1000) });
    });
    test("unknown fields are ignored, and read-only ones too", async () => {
      const body = { name: "Plain", id: crypto.randomUUID(), status: "active", is_public: true, access_count: 9, nonsense: 1 };
      const agent = await server.createAgent(body);
      expect(agent).toMatchObject({ status: "draft", is_public: false, access_count: 0 });
      expect(agent.id).not.toBe(body.id);
      expect(agent).not.toHaveProperty("nonsense");
    });
    test("a client's agent is their own company's, an administrator's the oldest's or the chosen one's", async () => {
      const other = await server.createClient("Other");
      expect((await server.createAgent({ client_id: other.id }, owner.token)).client_id).toBe(clientId);
      expect((await server.createAgent({ client_id: other.id })).client_id).toBe(other.id);
      const { data: clients } = await server.ok("GET", "/clients?limit=100");
      const oldest = clients.sort((a: Client, b: Client) => a.created_at.localeCompare(b.created_at))[0];
      expect((await server.createAgent()).client_id).toBe(oldest.id);
    });
    test("somebody without a company cannot create agents", async () => {
      const lonely = await server.createUser({ role: "client", client_id: null });
      const answer = await server.call("POST", "/agents", { token: lonely.token, body: { name: "Valid" } });
      expect(answer).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
    });
    test("twelve at once with one name get twelve slugs", async () => {
      const agents = await Promise.all(Array.from({ length: 12 }, () => server.createAgent({ name: "Twin" })));
      const expected = ["twin", ...Array.from({ length: 11 }, (_, n) => `twin-${n + 2}`)];
      expect(agents.map((agent) => agent.slug).sort()).toEqual(expected.sort());
    });
    test.each([
      ["SQL", "'); drop table agents; --"],
      ["HTML", '<img src=x onerror="alert(1)">&amp;'],
      ["right-to-left", "مساعد المتجر \u202eabc"],
      ["emoji", "👩‍🚀🇧🇷 ok"],
      ["template", "${7*7} {{7*7}} %s %00"],
    ])("%s is stored as it is", async (_, text) => {
      const body = { name: text, description: text, system_prompt: text, config: { greeting: text, [text]: [text] } };
      const created = await server.createAgent(body);
      expect(await server.ok("GET", `/agents/${created.id}`)).toMatchObject({ ...body, config: body.config });
      const found = await server.ok("GET", `/agents?q=${encodeURIComponent(text)}`);
      expect(found.data.map((agent: Agent) => agent.id)).toContain(created.id);
    });
  });

  describe("list", () => {
    test("pages hold every agent once, newest first, also while others are created", async () => {
      const created: string[] = [];
      for (let n = 0; n < 5; n++) created.unshift((await server.createAgent({ name: `Page ${n}`, description: "zebra" })).id);
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Page<Agent> = await server.ok("GET", `/agents?q=zebra&limit=2${cursor ? `&cursor=${cursor}` : ""}`);
        seen.push(...page.data.map((agent: Agent) => agent.id));
        cursor = page.next_cursor;
        await server.createAgent({ name: "Newer", description: "zebra" });
      } while (cursor);
      expect(seen).toEqual(created);
    });
    test("filters by status and by all words, of which % and _ are plain characters", async () => {
      const agent = await server.createPublishedAgent({ name: "Discount 100% off_x" });
      const ids = async (query: string) => (await server.ok("GET", `/agents?${query}`)).data.map((row: Agent) => row.id);
      expect(await ids("q=off_x%20DISCOUNT")).toEqual([agent.id]);
      expect(await ids("q=100%25%20off")).toEqual([agent.id]);
      expect(await ids("q=100_")).toEqual([]);
      expect(await ids("q=discount&status=draft")).toEqual([]);
      expect(await ids("q=discount&status=active")).toEqual([agent.id]);
    });
    test("a client sees their own company's only", async () => {
      const page = await server.ok("GET", "/agents?limit=100", { token: owner.token });
      expect(page.data.length).toBeGreaterThan(0);
      expect(new Set(page.data.map((agent: Agent) => agent.client_id))).toEqual(new Set([clientId]));
    });
    test("tells when somebody last wrote to each agent: nobody to a new one, and not what only its settings saw", async () => {
      const agent = await server.createPublishedAgent({ name: "Heron desk" }, owner.token);
      const listed = async () => (await server.ok("GET", "/agents?q=heron", { token: owner.token })).data[0];
      const visitors = [await server.createSession(agent.slug), await server.createSession(agent.slug)];
      expect(await listed()).toMatchObject({ id: agent.id, last_activity_at: null });
      for (const { token, conversation_id } of visitors) {
        const body = { type: "message", conversation_id, content: "Hello", client_message_id: crypto.randomUUID() };
        await server.ok("POST", "/public/frames", { token, body });
      }
      await server.ok("PATCH", `/agents/${agent.id}`, { token: owner.token, body: { description: "Changed since" } });
      const conversations = async (): Promise<Conversation[]> =>
        (await server.ok("GET", `/conversations?agent_id=${agent.id}`, { token: owner.token })).data;
      // The reply is the last that is written.
      await expect
        .poll(async () => (await conversations()).map((conversation) => conversation.last_seq), { timeout: 15_000 })
        .toEqual([2, 2]);
      const times = (await conversations()).map((conversation) => conversation.last_message_at);
      expect((await listed()).last_activity_at).toBe(times.toSorted().at(-1));
    });
  });

  describe("sort", () => {
    async function pagesOf(sort: string, q: string): Promise<Agent[]> {
      const seen: Agent[] = [];
      let cursor: string | null = null;
      do {
        const page: Page<Agent> = await server.ok(
          "GET",
          `/agents?q=${q}&sort=${sort}&limit=2${cursor ? `&cursor=${cursor}` : ""}`,
        );
        seen.push(...page.data);
        cursor = page.next_cursor;
      } while (cursor);
      return seen;
    }
    test("by name, visits and last activity: every agent once, and another order's cursor is refused", async () => {
      const agents: Agent[] = [];
      for (const name of ["kiwi b", "Kiwi A", "Kiwi C", "kiwi a", "Kiwi D"])
        agents.push(await server.createPublishedAgent({ name }));
      const [b, , c] = agents as [Agent, Agent, Agent];
      const visitors = [
        await server.createSession(b.slug),
        await server.createSession(c.slug),
        await server.createSession(c.slug),
      ];
      for (const { token, conversation_id } of [visitors[2]!, visitors[0]!]) {
        const body = { type: "message", conversation_id, content: "Hello", client_message_id: crypto.randomUUID() };
        await server.ok("POST", "/public/frames", { token, body });
        const seq = async () => (await server.ok("GET", `/conversations/${conversation_id}`)).last_seq;
        await expect.poll(seq, { timeout: 15_000 }).toBe(2);
      }
      const names = (list: Agent[]) => list.map((agent) => agent.name);
      expect(names(await pagesOf("name", "kiwi")).map((name) => name.toLowerCase())).toEqual([
        "kiwi a",
        "kiwi a",
        "kiwi b",
        "kiwi c",
        "kiwi d",
      ]);
      expect(names(await pagesOf("visits", "kiwi")).slice(0, 2)).toEqual(["Kiwi C", "kiwi b"]);
      expect(names(await pagesOf("last_activity", "kiwi")).slice(0, 2)).toEqual(["kiwi b", "Kiwi C"]);
      for (const sort of ["created", "name", "visits", "last_activity"])
        expect((await pagesOf(sort, "kiwi")).map((agent) => agent.id).sort()).toEqual(agents.map((agent) => agent.id).sort());
      const { next_cursor } = await server.ok("GET", "/agents?q=kiwi&sort=name&limit=1");
      for (const sort of ["created", "visits", "last_activity"])
        expect(await server.call("GET", `/agents?sort=${sort}&cursor=${next_cursor}`)).toMatchObject({
          status: 400,
          body: { code: "VALIDATION_ERROR" },
        });
      expect((await server.call("GET", "/agents?sort=colour")).status).toBe(400);
    });
    test("the longest name fits into a cursor", async () => {
      for (const end of ["a", "b", "c"]) await server.createAgent({ name: "界".repeat(119) + end, description: "quokka" });
      expect(await pagesOf("name", "quokka")).toHaveLength(3);
    });
  });

  describe("duplicate", () => {
    test("a draft of its own: settings and sub-agents are the same; address, secret and visits are not", async () => {
      const config = { appearance: { color: "#112233" }, greeting: "Hi", allowed_origins: ["https://shop.example"] };
      const agent = await server.createPublishedAgent({ name: "Original", system_prompt: "Mine.", config }, owner.token);
      await server.createSubAgent(agent.id, { name: "Prices", topics: ["prices", "offers"], knowledge_base: { a: 1 } });
      const path = `/agents/${agent.id}/duplicate`;
      const copy = await server.ok("POST", path, { token: owner.token, body: { name: "Copy of Original" } });
      expect(copy).toMatchObject({
        name: "Copy of Original",
        status: "draft",
        is_public: false,
        public_url: null,
        access_count: 0,
        client_id: agent.client_id,
        system_prompt: "Mine.",
        config: agent.config,
      });
      expect(copy.slug).not.toBe(agent.slug);
      const { data } = await server.ok("GET", `/agents/${copy.id}/sub-agents`, { token: owner.token });
      expect(data).toMatchObject([{ agent_id: copy.id, name: "Prices", topics: ["prices", "offers"], knowledge_base: { a: 1 } }]);
      const secretOf = async (id: string) => (await server.ok("GET", `/agents/${id}/identity`, { token: owner.token })).secret;
      expect(await secretOf(copy.id)).not.toBe(await secretOf(agent.id));
      expect((await server.publish(copy.id)).slug).toBe("copy-of-original");
    });
    test("a written prompt follows the new name", async () => {
      const { wizard_id: id } = await server.ok("POST", "/agents/wizard/start", { body: { name: "First" } });
      await server.ok("PUT", `/agents/wizard/${id}/step/1`, { body: { name: "First", template_type: "support" } });
      const copy = await server.ok("POST", `/agents/${id}/duplicate`, { body: { name: "Second" } });
      expect(copy.system_prompt).toMatch(/^You are Second,[^]*customer support/);
      expect(copy.config.step_1_data.name).toBe("Second");
    });
    test("needs a name, and an agent that one may see", async () => {
      const agent = await server.createAgent({ client_id: (await server.createClient("Foreign")).id });
      expect((await server.call("POST", `/agents/${agent.id}/duplicate`, { body: { name: " " } })).body.code).toBe(
        "VALIDATION_ERROR",
      );
      const answer = await server.call("POST", `/agents/${agent.id}/duplicate`, { token: owner.token, body: { name: "Mine" } });
      expect(answer).toMatchObject({ status: 404, body: { code: "AGENT_NOT_FOUND" } });
    });
  });

  describe("installs", () => {
    const begin = async (slug: string, origin: string, body: object = {}) => {
      const res = await fetch(`${server.url}/public/agents/${slug}/sessions`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Origin: origin },
        body: JSON.stringify(body),
      });
      expect(res.status).toBe(201);
    };
    const installs = async (id: string): Promise<AgentInstall[]> =>
      (await server.ok("GET", `/agents/${id}/installs?limit=100`)).data;
    test("other websites are remembered with their version, our own and what is none are not", async () => {
      const agent = await server.createPublishedAgent({ name: "Installed" });
      expect(await installs(agent.id)).toEqual([]);
      await begin(agent.slug, server.url);
      await begin(agent.slug, "null");
      await begin(agent.slug, "https://Shop.example:443", { widget_version: "1.0" });
      // Within the minute nothing is written again.
      await begin(agent.slug, "https://shop.example", { widget_version: "1.1" });
      expect(await installs(agent.id)).toMatchObject([{ origin: "https://shop.example", widget_version: "1.0", sessions: 1 }]);
      await server.deps.db.as(SYSTEM, (trx) =>
        trx
          .updateTable("agent_installs")
          .set({ last_seen_at: "2026-01-01T00:00:00Z" })
          .where("agent_id", "=", agent.id)
          .execute(),
      );
      await begin(agent.slug, "https://shop.example", { widget_version: "1.1" });
      const [seen] = await installs(agent.id);
      expect(seen).toMatchObject({ widget_version: "1.1", sessions: 2 });
      expect(Date.parse(seen!.last_seen_at)).toBeGreaterThan(Date.now() - 60_000);
    });
    test("fifty at most; the one not seen for longest makes room", async () => {
      const agent = await server.createPublishedAgent({ name: "Everywhere" });
      await server.deps.db.as(SYSTEM, (trx) =>
        trx
          .insertInto("agent_installs")
          .values(
            Array.from({ length: 50 }, (_, n) => ({
              agent_id: agent.id,
              client_id: agent.client_id,
              origin: `https://s${n}.example`,
              last_seen_at: new Date(Date.UTC(2026, 0, 1 + n)).toISOString(),
            })),
          )
          .execute(),
      );
      await Promise.all([begin(agent.slug, "https://new-a.example"), begin(agent.slug, "https://new-b.example")]);
      const origins = (await installs(agent.id)).map((one) => one.origin);
      expect(origins).toHaveLength(50);
      const pages: string[][] = [];
      for (let cursor: string | null = ""; cursor !== null;) {
        const path = `/agents/${agent.id}/installs?limit=20${cursor && `&cursor=${cursor}`}`;
        const page: Page<AgentInstall> = await server.ok("GET", path);
        pages.push(page.data.map((one) => one.origin));
        cursor = page.next_cursor;
      }
      expect(pages.map((page) => page.length)).toEqual([20, 20, 10]);
      expect(pages.flat()).toEqual(origins);
      expect(origins.slice(0, 2).sort()).toEqual(["https://new-a.example", "https://new-b.example"]);
      expect(origins).not.toContain("https://s0.example");
      expect(origins).not.toContain("https://s1.example");
    });
    test("another company's are not to be seen", async () => {
      const agent = await server.createPublishedAgent({ client_id: (await server.createClient("Apart")).id });
      expect((await server.call("GET", `/agents/${agent.id}/installs`, { token: owner.token })).body.code).toBe(
        "AGENT_NOT_FOUND",
      );
    });
  });

  describe("change and delete", () => {
    test("what is not given stays; config is merged and null removes", async () => {
      const agent = await server.createAgent({
        name: "Before",
        description: "Stays",
        system_prompt: "By hand.",
        config: { greeting: "Hi", appearance: { color: "#112233", theme: "dark" }, mine: { a: 1 } },
      });
      const changed = await server.ok("PATCH", `/agents/${agent.id}`, {
        body: { name: "After", config: { greeting: null, appearance: { color: "#445566" }, mine: [2] } },
      });
      expect(changed).toMatchObject({ name: "After", description: "Stays", system_prompt: "By hand.", slug: agent.slug });
      expect(changed.config).toMatchObject({ appearance: { color: "#445566", theme: "dark" }, mine: [2] });
      expect(changed.config).not.toHaveProperty("greeting");
      expect((await server.ok("PATCH", `/agents/${agent.id}`, { body: { description: null } })).description).toBeNull();
      expect((await server.ok("PATCH", `/agents/${agent.id}`, { body: {} })).name).toBe("After");
    });
    test("two changes at once both stay", async () => {
      const { id } = await server.createAgent();
      await Promise.all(
        Array.from({ length: 8 }, (_, n) => server.ok("PATCH", `/agents/${id}`, { body: { config: { [`key${n}`]: n } } })),
      );
      const { config } = await server.ok("GET", `/agents/${id}`);
      for (let n = 0; n < 8; n++) expect(config).toHaveProperty(`key${n}`, n);
    });
    test("a taken slug is refused, one's own is not", async () => {
      const [a, b] = [await server.createAgent({ slug: "slug-a" }), await server.createAgent({ slug: "slug-b" })];
      const answer = await server.call("PATCH", `/agents/${a.id}`, { body: { slug: b.slug, name: "Not saved" } });
      expect(answer).toMatchObject({ status: 409, body: { code: "SLUG_TAKEN", slug: "slug-b" } });
      expect(await server.ok("GET", `/agents/${a.id}`)).toEqual(a);
      expect((await server.ok("PATCH", `/agents/${a.id}`, { body: { slug: "slug-a" } })).slug).toBe("slug-a");
    });
    test("deletes once, with the sub-agents", async () => {
      const agent = await server.createAgent();
      const subAgent = await server.createSubAgent(agent.id);
      expect((await server.call("DELETE", `/agents/${agent.id}`)).status).toBe(204);
      for (const [method, path] of [
        ["DELETE", `/agents/${agent.id}`],
        ["GET", `/agents/${agent.id}`],
        ["GET", `/agents/${agent.id}/sub-agents/${subAgent.id}`],
      ] as const)
        expect(await server.call(method, path)).toMatchObject({
          status: 404,
          body: { code: "AGENT_NOT_FOUND", agent_id: agent.id },
        });
    });
    test("every change is told to the registry, a refused one is not", async () => {
      const agent = await server.createAgent();
      const told = { topic: "registry", agent_id: agent.id };
      expect(await events(() => server.ok("PATCH", `/agents/${agent.id}`, { body: { name: "New" } }))).toEqual([told]);
      expect(await events(() => server.publish(agent.id))).toEqual([told]);
      expect(await events(() => server.ok("POST", `/agents/${agent.id}/unpublish`))).toEqual([told]);
      expect(await events(() => server.createSubAgent(agent.id))).toEqual([told]);
      expect(await events(() => server.call("PATCH", `/agents/${agent.id}`, { body: { name: "" } }))).toEqual([]);
      expect(await events(() => server.ok("DELETE", `/agents/${agent.id}`))).toEqual([told]);
    });
  });

  describe("publish", () => {
    test("gives address, codes and snippet, and the same again", async () => {
      const agent = await server.createAgent({ name: "To publish" });
      const published = await server.publish(agent.id);
      expect(published.agent).toMatchObject({ status: "active", is_public: true, public_url: published.public_url });
      expect(published.public_url).toBe(`${server.url}/a/to-publish`);
      expect(published.qr_svg_url).toBe(`${server.url}/a/to-publish/qr.svg`);
      expect(published.embed_snippet).toBe(`<script src="${server.url}/widget/v1.js" data-agent="to-publish" async></script>`);
      expect(scan(Buffer.from(published.qr_code.split(",")[1]!, "base64"))).toBe(published.public_url);
      const appearance = { color: "#112233", position: "bottom-left" };
      await server.ok("PATCH", `/agents/${agent.id}`, { body: { name: "Another name", config: { appearance } } });
      const again = await server.publish(agent.id);
      expect(again.slug).toBe("to-publish");
      expect(again.embed_snippet).toContain(` data-agent="to-publish" data-color="#112233" data-position="bottom-left" async>`);
      expect(await server.ok("POST", `/agents/wizard/${agent.id}/publish`)).toMatchObject({ slug: "to-publish" });
    });
    test("a paused agent says so, keeps its address and comes back", async () => {
      const agent = await server.createPublishedAgent({ name: "To pause" });
      expect(await server.ok("POST", `/agents/${agent.id}/unpublish`)).toMatchObject({ status: "inactive", slug: agent.slug });
      const answer = await server.call("GET", `/public/agents/${agent.slug}`, { token: null });
      expect(answer).toMatchObject({ status: 404, body: { code: "AGENT_NOT_FOUND", paused: true } });
      expect((await server.call("POST", `/public/agents/${agent.slug}/sessions`, { token: null, body: {} })).status).toBe(404);
      expect((await server.publish(agent.id)).slug).toBe(agent.slug);
      expect((await server.call("GET", `/public/agents/${agent.slug}`, { token: null })).status).toBe(200);
    });
  });

  describe("QR codes", () => {
    test("decode to the address, with the tag of where they hang", async () => {
      const agent = await server.createPublishedAgent({ name: "Scan me" });
      for (const [query, expected] of [
        ["", agent.public_url],
        ["?size=128", agent.public_url],
        ["?size=700&src=door", `${agent.public_url}?src=door`],
        ["?src=%3Cb%3E%20a%26b%3Dc", `${agent.public_url}?src=babc`],
        [`?src=${"x".repeat(200)}`, `${agent.public_url}?src=${"x".repeat(64)}`],
      ]) {
        expect(scan(await bytes(`/agents/${agent.id}/qr.png${query}`, await server.adminToken()))).toBe(expected);
        expect(scan(await bytes(`/a/${agent.slug}/qr.png${query}`))).toBe(expected);
      }
      expect(PNG.sync.read(await bytes(`/a/${agent.slug}/qr.png?size=2048`)).width).toBeGreaterThan(1900);
      const svg = await server.call("GET", `/a/${agent.slug}/qr.svg`, { token: null });
      expect(svg.headers.get("Content-Type")).toMatch(/^image\/svg\+xml/);
      expect(svg.body).toMatch(/^<svg/);
    });
    test("a draft has no address yet", async () => {
      const agent = await server.createAgent();
      expect(await server.call("GET", `/agents/${agent.id}/qr.svg`)).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
      expect((await server.call("GET", `/a/${agent.slug}/qr.svg`, { token: null })).status).toBe(404);
    });
  });

  async function bytes(path: string, token?: string): Promise<Buffer> {
    const res = await fetch(server.url + path, token ? { headers: { Authorization: `Bearer ${token}` } } : {});
    expect(res.headers.get("Content-Type")).toBe("image/png");
    return Buffer.from(await res.arrayBuffer());
  }
  function scan(png: Buffer): string | undefined {
    const { data, width, height } = PNG.sync.read(png);
    return jsQR(new Uint8ClampedArray(data), width, height)?.data;
  }
}
