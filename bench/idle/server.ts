import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocketServer, type WebSocket } from "ws";
import { SYSTEM } from "../../api/db/actor.ts";
import { signVisitorToken } from "../../api/services/auth/tokens.ts";
import { startTestServer } from "../../tests/support/server.ts";

/** A server in a process of its own that tells its memory: ours with so many visitors, or bare `ws` on node:http. */
export interface ServerReady {
  url: string;
  tokens: string[];
}
/** Bytes after a garbage collection. */
export interface ServerMemory {
  rss: number;
  /** What JavaScript holds: the heap in use and what lies outside of it. */
  held: number;
}

const [kind, count] = [process.argv[2]!, Number(process.argv[3])];
const ready = kind === "ours" ? await ours() : await bare();
process.send!(ready);
process.on("message", () => {
  void (async () => {
    for (let round = 0; round < 3; round++) {
      globalThis.gc!();
      await sleep(100);
    }
    const { rss, heapUsed, external } = process.memoryUsage();
    process.send!({ rss, held: heapUsed + external } satisfies ServerMemory);
  })();
});

async function ours(): Promise<ServerReady> {
  const server = await startTestServer();
  const agent = await server.createPublishedAgent({ name: "Bench" });
  const visitors = await server.deps.db.as(SYSTEM, async (trx) => {
    const ids: string[] = [];
    for (let made = 0; made < count; made += 1000) {
      const rows = Array.from({ length: Math.min(1000, count - made) }, () => ({
        agent_id: agent.id,
        client_id: agent.client_id,
      }));
      ids.push(...(await trx.insertInto("visitors").values(rows).returning("id").execute()).map(({ id }) => id));
    }
    return ids;
  });
  const tokens: string[] = [];
  for (const visitor_id of visitors) {
    const { token } = await signVisitorToken(server.deps, { visitor_id, agent_id: agent.id, client_id: agent.client_id });
    tokens.push(token);
  }
  return { url: server.url, tokens };
}

/** The least that a server with a heartbeat can do. */
async function bare(): Promise<ServerReady> {
  const server = createServer();
  const wss = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 32 * 1024 });
  const alive = new WeakSet<WebSocket>();
  wss.on("connection", (ws) => {
    alive.add(ws);
    ws.on("message", () => alive.add(ws));
    ws.on("pong", () => alive.add(ws));
    ws.on("error", () => {});
    ws.on("close", () => {});
  });
  setInterval(() => {
    for (const ws of wss.clients) {
      if (!alive.delete(ws)) ws.terminate();
      else ws.ping();
    }
  }, 25_000);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tokens: Array<string>(count).fill("") };
}
