import { afterAll, beforeAll, expect, test } from "vitest";
import { ownerQuery } from "../../tests/support/owner.ts";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";
import { openWs } from "../../tests/support/ws-client.ts";
import type { PublicSession } from "../../protocol/resources.ts";
import type { Database } from "../db/database.ts";

/** What visitors have to agree to before they write, on any database. */
export function consentCases(openDatabase: () => Promise<Database>): void {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ db: await openDatabase() });
  });
  afterAll(() => server.stop());

  const WORDS = "I agree that my words are processed to answer me.";
  const agentThatAsks = (text = WORDS) =>
    server.createPublishedAgent({ config: { consent: { text, url: "https://shop.example/privacy" } } });
  const frame = ({ conversation_id }: PublicSession) => ({
    type: "message" as const,
    conversation_id,
    content: "hello",
    client_message_id: crypto.randomUUID(),
  });
  const post = async (session: PublicSession) =>
    (await server.ok("POST", "/public/frames", { token: session.token, body: frame(session) })).frames[0];
  const agree = ({ token }: PublicSession) => server.call("PUT", "/public/me/consent", { token });
  const agreed = async ({ token }: PublicSession) => (await server.ok("GET", "/public/me/export", { token })).visitor;
  const REFUSED = { type: "error", code: "CONSENT_REQUIRED", retryable: false };

  test("the profile says what to agree to; until then no message is taken, by socket or without, and afterwards each is", async () => {
    const agent = await agentThatAsks();
    const consent = { text: WORDS, url: "https://shop.example/privacy" };
    expect((await server.ok("GET", `/public/agents/${agent.slug}`, { token: null })).consent).toEqual(consent);
    const session = await server.createSession(agent.slug);
    expect(session.agent.consent).toEqual(consent);
    const socket = await openWs(server.url, { token: session.token });
    await socket.take("connected");
    socket.send(frame(session));
    expect(await socket.take("error")).toMatchObject({ ...REFUSED, error: expect.stringContaining(WORDS) });
    expect(await post(session)).toMatchObject(REFUSED);
    expect((await server.ok("GET", `/conversations/${session.conversation_id}`)).last_seq).toBe(0);
    expect(await agreed(session)).toMatchObject({ consented_at: null, consent_text: null });

    expect((await agree(session)).status).toBe(204);
    socket.send(frame(session));
    await socket.take("message_sent");
    expect(await post(session)).toMatchObject({ type: "message_sent" });
    const { consented_at, consent_text } = await agreed(session);
    expect(consent_text).toBe(WORDS);
    expect(Math.abs(Date.now() - Date.parse(consented_at))).toBeLessThan(60_000);
    await socket.close();
  });

  test("other words have to be agreed to anew, without any nobody is asked, and other agents' visitors never are", async () => {
    const agent = await agentThatAsks();
    const session = await server.createSession(agent.slug);
    await agree(session);
    const change = (consent: unknown) => server.ok("PATCH", `/agents/${agent.id}`, { body: { config: { consent } } });
    await change({ text: `${WORDS} And kept.` });
    expect(await post(session)).toMatchObject(REFUSED);
    await change(null);
    expect(await post(session)).toMatchObject({ type: "message_sent" });
    const free = await server.createSession((await server.createPublishedAgent()).slug);
    expect(free.agent).not.toHaveProperty("consent");
    expect(await post(free)).toMatchObject({ type: "message_sent" });
    expect((await agree(free)).status).toBe(204);
    expect((await agreed(free)).consented_at).toBeNull();
  });

  test("a setting counts from the next message of an open socket on; what is stored already is acknowledged all the same", async () => {
    const agent = await server.createPublishedAgent();
    const session = await server.createSession(agent.slug!);
    const socket = await openWs(server.url, { token: session.token });
    await socket.take("connected");
    const stored = frame(session);
    socket.send(stored);
    await socket.take("message_sent");
    await server.ok("PATCH", `/agents/${agent.id}`, { body: { config: { consent: { text: WORDS } } } });
    socket.send(stored);
    expect(await socket.take("message_sent")).toMatchObject({ client_message_id: stored.client_message_id, duplicate: true });
    const next = frame(session);
    socket.send(next);
    expect(await socket.take("error")).toMatchObject({ ...REFUSED, ref: next.client_message_id });
    await agree(session);
    socket.send(next);
    expect(await socket.take("message_sent")).toMatchObject({ client_message_id: next.client_message_id, duplicate: false });
    await socket.close();
  });

  test("words that nobody can read, written past the API, hold a message up, and nothing else", async () => {
    const agent = await server.createPublishedAgent();
    const session = await server.createSession(agent.slug!);
    const unreadable = `update agents set config = config || '{"consent": {"text": 5}}' where id = $1`;
    await ownerQuery(server.deps.db, unreadable, [agent.id]);
    expect(await post(session)).toMatchObject({ type: "error", code: "AGENT_NOT_FOUND" });
    await server.ok("PATCH", `/agents/${agent.id}`, { body: { config: { consent: null } } });
    expect(await post(session)).toMatchObject({ type: "message_sent" });
  });

  test("is the visitor's own: people of the panel and nobody agree to nothing, and a setting that is none is refused", async () => {
    for (const token of [null, await server.adminToken()])
      expect((await server.call("PUT", "/public/me/consent", { token })).status).toBe(401);
    for (const consent of [{ text: " " }, { text: WORDS, url: "javascript:alert(1)" }, { url: "https://shop.example" }, "yes"])
      expect((await server.call("POST", "/agents", { body: { name: "Asks", config: { consent } } })).status).toBe(400);
  });
}
