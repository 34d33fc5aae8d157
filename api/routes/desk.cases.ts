import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Agent, CannedReply, Conversation, Page, PublicSession } from "../../protocol/resources.ts";
import type { Database } from "../db/database.ts";
import type { TracedMessage } from "../services/messages/list-messages.ts";
import { ownerQuery } from "../../tests/support/owner.ts";
import { startTestServer, type TestServer, type TestUser } from "../../tests/support/server.ts";
import { openWs, type WsClient } from "../../tests/support/ws-client.ts";

const soon = { timeout: 10_000 };

/** What operators have beside a conversation, on a database. */
export function deskCases(openDatabase: () => Promise<Database>): void {
  describe("the operators' desk", () => {
    let db: Database;
    let server: TestServer;
    let agent: Agent;
    let olga: TestUser;
    let stranger: TestUser;
    const sockets: WsClient[] = [];

    beforeAll(async () => {
      db = await openDatabase();
      server = await startTestServer({ db, environment: { MESSAGES_PER_MINUTE: "1000" } });
      agent = await server.createPublishedAgent({ name: "Northwind" });
      olga = await server.createUser({ role: "client", client_id: agent.client_id, name: "Olga" });
      const other = await server.createClient("Other company");
      stranger = await server.createUser({ role: "client", client_id: other.id, name: "Stranger" });
    });
    afterAll(async () => {
      await Promise.all(sockets.map((socket) => socket.close()));
      await server?.stop();
    });

    const asOlga = (body?: unknown) => ({ token: olga.token, ...(body === undefined ? {} : { body }) });
    const asStranger = (body?: unknown) => ({ token: stranger.token, ...(body === undefined ? {} : { body }) });
    const open = async (token: string) => {
      const socket = await openWs(server.url, { token });
      sockets.push(socket);
      return socket;
    };
    const pathOf = ({ conversation_id: id }: PublicSession) => `/conversations/${id}`;
    /** A conversation with a question and the scripted model's reply. */
    const chat = async (text: string): Promise<PublicSession> => {
      const session = await server.createSession(agent.slug);
      const body = {
        type: "message",
        conversation_id: session.conversation_id,
        content: text,
        client_message_id: crypto.randomUUID(),
      };
      await server.ok("POST", "/public/frames", { token: session.token, body });
      await expect.poll(async () => (await replyOf(session))?.status, soon).toBe("complete");
      return session;
    };
    const replyOf = async (session: PublicSession) =>
      (await server.ok<Page<TracedMessage>>("GET", `${pathOf(session)}/messages`, asOlga())).data.findLast(
        ({ role }) => role === "assistant",
      )!;
    const listed = async (query: string, token = olga.token): Promise<string[]> =>
      (await server.ok("GET", `/conversations?${query}`, { token })).data.map(({ id }: Conversation) => id);

    it("finds conversations by words of one message, in any case, the last of them begun", async () => {
      const one = await chat("Where is the Zebra crossing?");
      await chat("Something else about crossings");
      expect(await listed("q=zebra")).toEqual([one.conversation_id]);
      expect(await listed("q=CROSSING%20zeb")).toEqual([one.conversation_id]);
      expect(await listed("q=zebra%20else")).toEqual([]);
      // No operators, whatever is typed.
      expect(await listed(`q=${encodeURIComponent("zebra & !crossing | ':*")}`)).toEqual([one.conversation_id]);
      expect(await listed(`q=${encodeURIComponent("?!")}`)).toEqual([]);
      expect(await listed("q=zebra", stranger.token)).toEqual([]);
      for (const q of ["", "z", "z".repeat(201)]) {
        const { status, body } = await server.call("GET", `/conversations?q=${q}`, asOlga());
        expect([q, status, body.code]).toEqual([q, 400, "VALIDATION_ERROR"]);
      }
    });

    it("finds words that others write all the time, near and in the oldest of many conversations, page by page", async () => {
      const busy = await server.createPublishedAgent({ name: "Busy" });
      const some = crypto.randomUUID().slice(0, 8);
      const [rare, scattered] = [`purple${some}`, `orange${some}`];
      // More messages with the words than are looked up, and more conversations than are walked through.
      await ownerQuery(
        db,
        `with c as (
           insert into conversations (agent_id, client_id, last_seq, last_message_at)
           select $1, $2, n, now() - n * interval '1 minute' from generate_series(1, 2500) n returning id, last_seq as n),
         other as (
           insert into conversations (agent_id, client_id, last_seq, last_message_at)
           select a.id, a.client_id, 10050, now() from agents a where a.id = $3 returning id, client_id)
         insert into messages (conversation_id, client_id, seq, rev, role, content)
         select id, $2, 1, 1, 'visitor',
                case when n in (3, 2450, 2490) then $4 else 'nothing' end || case when n % 100 = 50 then ' ' || $5 else '' end
           from c
         union all
         select id, client_id, s, s, 'visitor', $4 || ' and ' || $5 from other, generate_series(1, 10050) s`,
        [agent.id, agent.client_id, busy.id, rare, scattered],
      );
      const found = async (q: string, limit: number, token = asOlga()): Promise<number[][]> => {
        const pages: number[][] = [];
        for (let cursor = ""; cursor !== "end";) {
          const query = `q=${q}&agent_id=${agent.id}&limit=${limit}${cursor && `&cursor=${cursor}`}`;
          const page = await server.ok<Page<Conversation>>("GET", `/conversations?${query}`, token);
          pages.push(page.data.map(({ last_seq }) => last_seq));
          cursor = page.next_cursor ?? "end";
        }
        return pages;
      };
      expect(await found(rare, 2)).toEqual([[3, 2450], [2490]]);
      expect(await found(rare, 2, { token: await server.adminToken() })).toEqual([[3, 2450], [2490]]);
      expect(await found(scattered, 10)).toEqual(
        [0, 1, 2].map((ten) => Array.from({ length: ten < 2 ? 10 : 5 }, (_, n) => ten * 1000 + n * 100 + 50)),
      );
      expect(await found(`${scattered}%20${rare}`, 2)).toEqual([[2450]]);
      await ownerQuery(db, `delete from conversations where agent_id = any ($1) and visitor_id is null`, [[agent.id, busy.id]]);
    });

    it("tells what is one's own, what waits, and counts it", async () => {
      const before = await server.ok("GET", "/conversations/counts", asOlga());
      const one = await chat("Is anybody there?");
      expect(await listed("waiting=true")).not.toContain(one.conversation_id);
      await server.ok("POST", `${pathOf(one)}/take-over`, asOlga());
      expect(await listed("owner=me")).toEqual([one.conversation_id]);
      expect(await listed("owner=me", await server.adminToken())).toEqual([]);
      const body = {
        type: "message",
        conversation_id: one.conversation_id,
        content: "Hello?",
        client_message_id: crypto.randomUUID(),
      };
      await server.ok("POST", "/public/frames", { token: one.token, body });
      expect(await listed("waiting=true")).toEqual([one.conversation_id]);
      expect(await server.ok("GET", pathOf(one), asOlga())).toMatchObject({ waiting: true, owner_name: "Olga", unread_count: 3 });
      expect(await server.ok("GET", "/conversations/counts", asOlga())).toEqual({
        open: before.open + 1,
        waiting: before.waiting + 1,
        mine: before.mine + 1,
      });
      await server.ok("POST", `${pathOf(one)}/messages`, asOlga({ content: "Here I am" }));
      expect(await server.ok("GET", pathOf(one), asOlga())).toMatchObject({ waiting: false });
      expect(await server.ok("GET", "/conversations/counts", asStranger())).toEqual({ open: 0, waiting: 0, mine: 0 });
    });

    it("counts as unread what comes after one's own mark", async () => {
      const one = await chat("Count me");
      const socket = await open(olga.token);
      const { id } = await replyOf(one);
      socket.send({ type: "read", conversation_id: one.conversation_id, message_id: id });
      await expect.poll(async () => (await server.ok("GET", pathOf(one), asOlga())).unread_count, soon).toBe(0);
      expect((await server.ok("GET", pathOf(one))).unread_count).toBe(2);
    });

    it("keeps notes among colleagues: neither visitors nor other companies learn of them", async () => {
      const one = await chat("Any notes?");
      const [visitor, desk, foreign] = await Promise.all([
        open(one.token),
        open(await server.adminToken()),
        open(stranger.token),
      ]);
      const note = await server.ok("POST", `${pathOf(one)}/notes`, asOlga({ content: "A press inquiry" }));
      expect(note).toMatchObject({ author_name: "Olga", content: "A press inquiry" });
      expect((await desk.take("note")).note).toEqual(note);
      const changed = await server.ok("PATCH", `${pathOf(one)}/notes/${note.id}`, asOlga({ content: "No press" }));
      expect((await server.ok("GET", `${pathOf(one)}/notes`)).data).toEqual([changed]);
      for (const [method, path] of [
        ["GET", "/notes"],
        ["POST", "/notes"],
        ["PATCH", `/notes/${note.id}`],
        ["DELETE", `/notes/${note.id}`],
      ]) {
        const { status } = await server.call(
          method!,
          pathOf(one) + path!,
          asStranger(method === "GET" || method === "DELETE" ? undefined : { content: "x" }),
        );
        expect([method, status]).toEqual([method, 404]);
      }
      const colleague = await server.createUser({ role: "client", client_id: agent.client_id, name: "Cora" });
      expect((await server.call("DELETE", `${pathOf(one)}/notes/${note.id}`, { token: colleague.token })).status).toBe(404);
      await server.ok("DELETE", `${pathOf(one)}/notes/${note.id}`, asOlga());
      expect(await desk.take("note", (frame) => frame.deleted === true)).toMatchObject({ note: { id: note.id } });
      await visitor.settle();
      await foreign.settle();
      expect(visitor.all("note")).toEqual([]);
      expect(foreign.all("note")).toEqual([]);
      for (const content of ["", "  ", "x".repeat(4001)])
        expect((await server.call("POST", `${pathOf(one)}/notes`, asOlga({ content }))).status).toBe(400);
    });

    it("has canned replies by company, each shortcut once", async () => {
      const made = await server.ok("POST", "/canned-replies", asOlga({ shortcut: "hours", content: "From 9 to 17." }));
      const twice = await server.call("POST", "/canned-replies", asOlga({ shortcut: "hours", content: "Again" }));
      expect([twice.status, twice.body.issues[0].path]).toEqual([400, "shortcut"]);
      expect((await server.call("POST", "/canned-replies", asOlga({ shortcut: "Two words", content: "x" }))).status).toBe(400);
      await server.ok("POST", "/canned-replies", asStranger({ shortcut: "hours", content: "Ours" }));
      expect((await server.ok<Page<CannedReply>>("GET", "/canned-replies", asOlga())).data.map(({ content }) => content)).toEqual(
        ["From 9 to 17."],
      );
      expect(await server.ok("PATCH", `/canned-replies/${made.id}`, asOlga({ content: "From 8." }))).toMatchObject({
        shortcut: "hours",
        content: "From 8.",
      });
      for (const method of ["PATCH", "DELETE"])
        expect(
          (await server.call(method, `/canned-replies/${made.id}`, asStranger(method === "PATCH" ? {} : undefined))).status,
        ).toBe(404);
      await server.ok("DELETE", `/canned-replies/${made.id}`, asOlga());
      expect((await server.ok("GET", "/canned-replies", asOlga())).data).toEqual([]);
    });

    it("keeps who should have answered as an example, replaces it, and takes it back", async () => {
      const [right, elsewhere] = await Promise.all([
        server.createSubAgent(agent.id, { name: "Returns", topics: ["returns"] }),
        server
          .createPublishedAgent({ name: "Southwind" })
          .then(({ id }) => server.createSubAgent(id, { name: "Other", topics: ["x"] })),
      ]);
      const one = await chat("I want my money back");
      const reply = await replyOf(one);
      const path = `${pathOf(one)}/messages/${reply.id}/correction`;
      expect(reply.correction).toBeNull();
      expect(await server.ok("PUT", path, asOlga({ sub_agent_id: right.id }))).toEqual({
        sub_agent_id: right.id,
        name: "Returns",
      });
      expect((await replyOf(one)).correction).toEqual({ sub_agent_id: right.id, name: "Returns" });
      const examples = () => server.ok("GET", `/agents/${agent.id}/routing-examples`, asOlga());
      expect((await examples()).data).toMatchObject([{ text: "I want my money back", expected_sub_agent_id: right.id }]);
      await server.ok("PUT", path, asOlga({ sub_agent_id: null }));
      expect((await examples()).data).toMatchObject([{ expected_sub_agent_id: null }]);
      const refused = async (to: string, given: ReturnType<typeof asOlga>) => (await server.call("PUT", to, given)).body.code;
      expect(await refused(path, asOlga({ sub_agent_id: elsewhere.id }))).toBe("SUB_AGENT_NOT_FOUND");
      expect(await refused(path, asStranger({ sub_agent_id: null }))).toBe("CONVERSATION_NOT_FOUND");
      expect(await refused(path, asOlga({}))).toBe("VALIDATION_ERROR");
      const [question] = (await server.ok("GET", `${pathOf(one)}/messages`, asOlga())).data;
      expect(await refused(`${pathOf(one)}/messages/${question.id}/correction`, asOlga({ sub_agent_id: null }))).toBe(
        "NOT_FOUND",
      );
      await server.ok("DELETE", path, asOlga());
      expect((await examples()).data).toEqual([]);
      expect((await server.call("GET", `/agents/${agent.id}/routing-examples`, asStranger())).status).toBe(404);
    });

    it("exports a conversation as a transcript and as JSON", async () => {
      const one = await chat("Write this down");
      await server.ok("POST", `${pathOf(one)}/notes`, asOlga({ content: "for us" }));
      const ask = (format: string, token = olga.token) =>
        fetch(`${server.url}${pathOf(one)}/export?format=${format}`, { headers: { Authorization: `Bearer ${token}` } });
      const text = await ask("txt");
      expect(text.headers.get("Content-Disposition")).toBe(`attachment; filename="conversation-${one.conversation_id}.txt"`);
      const words = await text.text();
      expect(words).toMatch(/Visitor: Write this down\n.*Northwind: /);
      expect(words).not.toContain("for us");
      expect(await (await ask("json")).json()).toMatchObject({
        conversation: { id: one.conversation_id },
        messages: [{ content: "Write this down" }, { role: "assistant", trace: { method: expect.any(String) } }],
        notes: [{ content: "for us" }],
      });
      expect((await ask("json", stranger.token)).status).toBe(404);
      expect((await ask("pdf")).status).toBe(400);
    });

    it("erases a visitor with everything; the page begins anew, colleagues hear of it", async () => {
      const one = await chat("Forget me");
      const [visitor, desk] = await Promise.all([open(one.token), open(olga.token)]);
      expect((await server.call("DELETE", `/visitors/${one.visitor_id}`, asStranger())).status).toBe(404);
      await server.ok("DELETE", `/visitors/${one.visitor_id}`, asOlga());
      expect(await desk.take("conversation_deleted")).toEqual({
        type: "conversation_deleted",
        conversation_id: one.conversation_id,
      });
      expect(await visitor.closed).toMatchObject({ code: 4201 });
      expect((await server.call("GET", pathOf(one), asOlga())).status).toBe(404);
      expect(await listed("q=forget")).toEqual([]);
      expect((await server.call("POST", "/public/sessions/refresh", { token: one.token, body: {} })).status).toBe(401);
      for (const id of [one.visitor_id, "nobody"])
        expect((await server.call("DELETE", `/visitors/${id}`, asOlga())).body.code).toBe("NOT_FOUND");
    });
  });
}
