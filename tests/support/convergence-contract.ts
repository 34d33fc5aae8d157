import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Message } from "../../protocol/resources.ts";
import type { Database } from "../../api/db/database.ts";
import { insertAgent, insertChat, storedMessages, type Chat } from "./chat.ts";
import { startTestServer, type TestServer, type TestUser } from "./server.ts";
import { openWs, type WsClient } from "./ws-client.ts";

let server: TestServer;

/** Somebody with a socket that comes and goes, who keeps what arrived and never forgets what was not acknowledged. */
class Participant {
  readonly chat: Chat;
  readonly token: string;
  readonly rows = new Map<string, Message>();
  readonly outbox = new Map<string, string>();
  readonly sent = new Map<string, { seq: number; content: string }>();
  cursor = 0;
  client: WsClient | null = null;

  constructor(chat: Chat, token: string) {
    this.chat = chat;
    this.token = token;
  }
  async connect(): Promise<void> {
    if (this.client) return;
    this.client = await openWs(server.url, { token: this.token });
    await this.client.take("connected");
  }
  /** Without a goodbye, and without waiting for what is in flight. */
  cut(): void {
    this.learn();
    this.client?.ws.terminate();
    this.client = null;
  }
  post(content: string): void {
    const id = randomUUID();
    this.outbox.set(id, content);
    this.#send(id, content);
  }
  retry(): void {
    for (const [id, content] of this.outbox) this.#send(id, content);
  }
  /** What was acknowledged long ago is sent again too: an acknowledgement may be lost. */
  repeat(index: number): void {
    const known = [...this.sent][index % Math.max(1, this.sent.size)];
    if (known) this.#send(known[0], known[1].content);
  }
  #send(id: string, content: string): void {
    this.client?.send({ type: "message", conversation_id: this.chat.conversation_id, content, client_message_id: id });
  }
  sync(limit: number): void {
    this.client?.send({ type: "sync", cursors: { [this.chat.conversation_id]: this.cursor }, limit });
  }
  /** Takes in everything that has arrived. */
  learn(): void {
    for (const frame of this.client?.frames.splice(0) ?? []) {
      if (frame.type === "message_sent") {
        const content = this.outbox.get(frame.client_message_id!) ?? this.sent.get(frame.client_message_id!)?.content;
        const before = this.sent.get(frame.client_message_id!);
        if (before && before.seq !== frame.seq) throw new Error("one message, two places");
        this.sent.set(frame.client_message_id!, { seq: frame.seq, content: content! });
        this.outbox.delete(frame.client_message_id!);
      } else if (frame.type === "message") this.#keep(frame.message);
      else if (frame.type === "sync_data") {
        frame.messages.forEach((message) => this.#keep(message));
        this.cursor = Math.max(this.cursor, frame.conversations[0]!.top_rev);
      } else if (frame.type === "error") throw new Error(`${frame.code}: ${frame.error}`);
    }
  }
  #keep(message: Message): void {
    const before = this.rows.get(message.id);
    if (!before || before.rev < message.rev) this.rows.set(message.id, message);
  }
  async converge(): Promise<void> {
    await this.connect();
    this.retry();
    await this.client!.settle();
    this.learn();
    for (let before = -1; before !== this.cursor;) {
      before = this.cursor;
      this.sync(3);
      await this.client!.settle();
      this.learn();
    }
  }
  sequence(): [number, string][] {
    return [...this.rows.values()].sort((a, b) => a.seq - b.seq).map((row) => [row.seq, row.content]);
  }
}

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("post" as const), who: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("retry" as const), who: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("repeat" as const), who: fc.nat(2), index: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cut" as const), who: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("connect" as const), who: fc.nat(2) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("sync" as const), who: fc.nat(2), limit: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), who: fc.nat(2) }) },
);

/** Runs the same on every database. */
export function describeConvergence(openDatabase: () => Promise<Database>, runs: number): void {
  let agent: { id: string; client_id: string };
  let operator: TestUser;

  beforeAll(async () => {
    const limits = { messagesPerMinute: 1_000_000, framesPerMinute: 1_000_000 };
    server = await startTestServer({ db: await openDatabase(), limits });
    await server.deps.orchestrator.stop();
    agent = await insertAgent(server.deps);
    operator = await server.createUser({ role: "client", client_id: agent.client_id });
  });
  afterAll(() => server.stop());

  describe("two tabs and an operator, whatever happens to their sockets", () => {
    it("end with the same dense sequence, and every acknowledged message is in it once", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
          const chat = await insertChat(server.deps, agent);
          const people = [chat.token, chat.token, operator.token].map((token) => new Participant(chat, token));
          let posted = 0;
          for (const action of steps) {
            const person = people[action.who]!;
            if (action.do === "post") person.post(`message ${++posted}`);
            else if (action.do === "retry") person.retry();
            else if (action.do === "repeat") person.repeat(action.index);
            else if (action.do === "cut") person.cut();
            else if (action.do === "connect") await person.connect();
            else if (action.do === "sync") person.sync(action.limit);
            else await person.client?.settle();
            person.learn();
          }
          // First everybody delivers what they have, then everybody catches up.
          for (const person of people) await person.converge();
          for (const person of people) await person.converge();

          const stored = (await storedMessages(server.deps, chat.conversation_id)).map((row) => [row.seq, row.content]);
          expect(stored.map(([seq]) => seq)).toEqual(stored.map((_, index) => index + 1));
          const written = stored.map(([, content]) => content).filter((content) => String(content).startsWith("message "));
          expect(new Set(written).size).toBe(written.length);
          expect(written).toHaveLength(posted);
          for (const person of people) {
            expect(person.sequence()).toEqual(stored);
            for (const { seq, content } of person.sent.values()) expect(stored[seq - 1]).toEqual([seq, content]);
          }
          for (const person of people) await person.client?.close();
        }),
        { numRuns: runs, endOnFailure: true },
      );
    }, 120_000);
  });
}
