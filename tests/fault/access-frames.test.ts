import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientFrameSchema, type ClientFrame, type ServerFrame } from "../../protocol/frames.ts";
import { signToken } from "../../api/lib/jwt.ts";
import { fingerprint } from "../bad-input/fingerprint.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { openWs } from "../support/ws-client.ts";
import { CALLERS, createWorld, SECRET, withoutIds, type Caller, type Target } from "./access-world.ts";

/**
 * Every client frame × every caller who has a token that holds, over a socket and over the fallback. A cell is the answer's
 * type, the code of the refusal, or `-` for a frame that is carried out without an answer. The types are the schema's: one
 * without a row fails.
 */
interface Row {
  cells: string;
  frame: (target: Target, caller: Caller) => ClientFrame;
  /** The same about nothing that exists; by default all ids are replaced. */
  absent?: (target: Target, caller: Caller) => ClientFrame;
  /** Answered alike whether it exists or not, and harmless. */
  asksNobody?: true;
  /** Nobody else can do it afterwards. */
  spends?: true;
}
const HOLDERS = ["visitor", "other visitor", "foreign visitor", "operator", "foreign operator", "administrator"] as const;

const CONVERSATION = "CONVERSATION_NOT_FOUND";
const ours = (visitor: string, operator: string, refusal: string) =>
  `${visitor} ${refusal} ${refusal} ${operator} ${refusal} ${operator}`;

const ROWS: Record<string, Row> = {
  message: {
    cells: ours("message_sent", "message_sent", CONVERSATION),
    spends: true,
    frame: ({ conversation_id }) => ({ type: "message", conversation_id, content: "Hello", client_message_id: randomUUID() }),
  },
  "message (in reply to another's)": {
    cells:
      "VALIDATION_ERROR VALIDATION_ERROR VALIDATION_ERROR CONVERSATION_NOT_FOUND CONVERSATION_NOT_FOUND CONVERSATION_NOT_FOUND",
    frame: ({ question_id }, caller) => replyTo(question_id, caller),
    absent: (_target, caller) => replyTo(randomUUID(), caller),
  },
  typing: {
    cells: ours("-", "-", CONVERSATION),
    frame: ({ conversation_id }) => ({ type: "typing", conversation_id, is_typing: true }),
  },
  read: {
    cells: ours("-", "-", CONVERSATION),
    frame: ({ conversation_id, reply_id }) => ({ type: "read", conversation_id, message_id: reply_id }),
  },
  "sync (by cursors)": {
    cells: ours("sync_data", "sync_data", CONVERSATION),
    frame: ({ conversation_id }) => ({ type: "sync", cursors: { [conversation_id]: 0 } }),
  },
  "sync (history)": {
    cells: ours("sync_data", "sync_data", CONVERSATION),
    frame: ({ conversation_id }) => ({ type: "sync", conversation_id, before_seq: 1000 }),
  },
  "sync (since a message)": {
    cells: ours("sync_data", "sync_data", "NOT_FOUND"),
    frame: ({ question_id }) => ({ type: "sync", last_message_id: question_id }),
  },
  "sync (from nothing)": {
    cells: "sync_data sync_data sync_data VALIDATION_ERROR VALIDATION_ERROR VALIDATION_ERROR",
    frame: () => ({ type: "sync", last_message_id: null }),
    asksNobody: true,
  },
  ping: { cells: "pong pong pong pong pong pong", frame: () => ({ type: "ping", t: 1 }), asksNobody: true },
  presence: { cells: "- - - - - -", frame: () => ({ type: "presence", status: "away" }), asksNobody: true },
  subscribe: {
    cells: `- ${CONVERSATION} ${CONVERSATION} presence ${CONVERSATION} presence`,
    frame: ({ conversation_id }) => ({ type: "subscribe", conversation_id }),
  },
  // Ending what never began is no question.
  unsubscribe: {
    cells: `- ${CONVERSATION} ${CONVERSATION} - - -`,
    frame: ({ conversation_id }) => ({ type: "unsubscribe", conversation_id }),
  },
  auth: {
    cells: "- - - - - -",
    frame: (target, caller) => ({ type: "auth", token: target.chat[caller]! }),
    asksNobody: true,
  },
  "auth (as somebody else)": {
    cells: "AUTH_ERROR AUTH_ERROR AUTH_ERROR AUTH_ERROR AUTH_ERROR AUTH_ERROR",
    frame: (target, caller) => ({ type: "auth", token: target.chat[caller === "visitor" ? "other visitor" : "visitor"]! }),
    asksNobody: true,
  },
  resume: {
    cells: ours("message", "message", "NOT_FOUND"),
    frame: ({ reply_id }) => ({ type: "resume", message_id: reply_id, attempt: 0, from: 0 }),
  },
  cancel: { cells: ours("-", "-", "NOT_FOUND"), frame: ({ reply_id }) => ({ type: "cancel", message_id: reply_id }) },
  retry: { cells: ours("-", "-", "NOT_FOUND"), frame: ({ failed_id }) => ({ type: "retry", message_id: failed_id }) },
  feedback: {
    cells: ours("-", "NOT_FOUND", "NOT_FOUND"),
    frame: ({ reply_id }) => ({ type: "feedback", message_id: reply_id, rating: "up" }),
  },
};
const ownConversation: Partial<Record<Caller, string>> = {};
const replyTo = (messageId: string, caller: Caller): ClientFrame => ({
  type: "message",
  conversation_id: ownConversation[caller] ?? randomUUID(),
  content: "Hello",
  client_message_id: randomUUID(),
  reply_to: messageId,
});

let server: TestServer;
let world: Awaited<ReturnType<typeof createWorld>>;
let shared: Target;
beforeAll(async () => {
  server = await startTestServer({
    limits: { framesPerMinute: 1_000_000, messagesPerMinute: 1_000_000, tokenGraceMs: 200 },
  });
  await server.deps.orchestrator.stop();
  world = await createWorld(server);
  shared = await world.make();
  for (const caller of ["visitor", "other visitor", "foreign visitor"] as const) {
    const body = { type: "sync", last_message_id: null };
    const { frames } = await server.ok("POST", "/public/frames", { token: shared.chat[caller], body });
    ownConversation[caller] = frames[0].conversations[0].id;
  }
  // The visitor's own conversation holds the question: it is asked for from another one.
  ownConversation["visitor"] = (await server.createSession(shared.slug, { token: shared.chat["visitor"]! })).conversation_id;
});
afterAll(() => server.stop());

type Send = (target: Target, caller: Caller, frame: ClientFrame) => Promise<ServerFrame[]>;
const TRANSPORTS: Record<string, Send> = {
  async fallback(target, caller, frame) {
    const { frames } = await server.ok("POST", "/public/frames", { token: target.chat[caller], body: frame });
    return frames;
  },
  async socket(target, caller, frame) {
    const client = await openWs(server.url, { token: target.chat[caller]! });
    await client.take("connected");
    client.send(frame);
    await client.settle();
    await client.close();
    // Somebody else's news is not an answer.
    const isNews = (got: ServerFrame) => got.type === "presence" && !("conversation_id" in got);
    const isOwnPong = (got: ServerFrame) => got.type === "pong" && got.t === -1;
    return client.frames.filter(
      (got) => got.type !== "connected" && got.type !== "conversation" && !isNews(got) && !isOwnPong(got),
    );
  },
};

/** About nothing that exists. */
function withFreshIds(frame: ClientFrame): ClientFrame {
  const fresh = (value: unknown): unknown => {
    if (typeof value === "string") return withoutIds(value) === "<id>" ? randomUUID() : value;
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [String(fresh(name)), fresh(inner)]));
  };
  return fresh(frame) as ClientFrame;
}

test("every frame of the schema has its row, and every row a frame", () => {
  const types = clientFrameSchema.options.map((option) => option.shape.type.value);
  expect([...new Set(Object.keys(ROWS).map((key) => key.replace(/ .*/, "")))].toSorted()).toEqual(types.toSorted());
  for (const [key, row] of Object.entries(ROWS)) expect(row.cells.split(" "), key).toHaveLength(HOLDERS.length);
});

describe.each(Object.keys(TRANSPORTS))("over the %s", (name) => {
  const send = TRANSPORTS[name]!;
  test.each(Object.keys(ROWS))("%s", async (key) => {
    const row = ROWS[key]!;
    const cells = row.cells.split(" ");
    const isRefusal = (cell: string) => cell === cell.toUpperCase() && cell !== "-";
    const before = await fingerprint(server.deps.db);
    for (const [index, caller] of HOLDERS.entries()) {
      if (!isRefusal(cells[index]!)) continue;
      const frame = row.frame(shared, caller);
      const answers = await send(shared, caller, frame);
      expect({ caller, answers }).toMatchObject({ caller, answers: [{ type: "error", code: cells[index], retryable: false }] });
      expect(JSON.stringify(answers)).not.toContain(SECRET);
      if (row.asksNobody) continue;
      const unknown = await send(shared, caller, row.absent?.(shared, caller) ?? withFreshIds(frame));
      expect(withoutIds(JSON.stringify(unknown))).toBe(withoutIds(JSON.stringify(answers)));
    }
    expect(await fingerprint(server.deps.db), "a refusal changes nothing").toEqual(before);
    for (const [index, caller] of HOLDERS.entries()) {
      if (isRefusal(cells[index]!)) continue;
      const target = row.spends ? await world.make() : shared;
      const answers = (await send(target, caller, row.frame(target, caller))).map(({ type }) => type as string);
      expect({ caller, answers }).toEqual({
        caller,
        answers: cells[index] === "-" ? [] : expect.arrayContaining([cells[index]]),
      });
      expect(answers).not.toContain("error");
    }
  });
});

describe("who has no token that holds", () => {
  const nobodies = CALLERS.filter((caller) => !(HOLDERS as readonly string[]).includes(caller));
  test.each(nobodies)("%s: no socket, no stream, no frame", async (caller) => {
    const before = await fingerprint(server.deps.db);
    // A visitor's token outlives what it opened by hours; what it opens is nothing.
    const token = caller === "revoked" ? shared.desk.revoked : shared.chat[caller];
    const client = await openWs(server.url, { token: token ?? undefined! });
    expect(await client.take("error")).toMatchObject({ code: "AUTH_ERROR" });
    expect((await client.closed).code).toBe(1008);
    expect(client.frames).toHaveLength(1);
    await expect(openWs(server.url, { token: token ?? undefined!, isPlain: true })).rejects.toMatchObject({ status: 401 });
    for (const [method, path] of [
      ["GET", "/public/events"],
      ["POST", "/public/frames"],
    ] as const) {
      const answer = await server.request(method, path, { token, ...(method === "POST" && { body: { type: "ping" } }) });
      expect(answer).toMatchObject({ status: 401, body: { code: "AUTH_ERROR" } });
    }
    expect(await fingerprint(server.deps.db)).toEqual(before);
  });

  test("a visitor who was erased: no conversation, and nothing to write to", async () => {
    const before = await fingerprint(server.deps.db);
    for (const key of ["message", "sync (by cursors)", "read", "resume", "cancel", "retry", "feedback"]) {
      const [answer] = await TRANSPORTS["fallback"]!(shared, "revoked", ROWS[key]!.frame(shared, "revoked"));
      // Who writes anew hears that the token opens nothing any more, and begins as somebody new.
      const code = key === "message" ? "AUTH_ERROR" : expect.stringMatching(/NOT_FOUND$/);
      expect(answer, key).toMatchObject({ type: "error", code });
    }
    expect(await fingerprint(server.deps.db)).toEqual(before);
  });

  test("a socket whose token ends stops hearing and saying", async () => {
    const { visitor_id, agent_id, client_id } = shared;
    const claims = { iss: "renus", aud: "renus:visitor", sub: visitor_id, agent_id, client_id };
    // It ends while the socket is open, and the grace with it.
    const { token } = await signToken(server.deps.config.jwtSecret, claims, 1);
    const client = await openWs(server.url, { token });
    await client.take("connected");
    expect(await client.take("error")).toMatchObject({ code: "AUTH_ERROR" });
    expect((await client.closed).code).toBe(4201);
  });
});
