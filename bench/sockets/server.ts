import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import type { Message } from "../../protocol/resources.ts";
import { startTestServer } from "../../tests/support/server.ts";
import { TEXT, type Kind, type ServerAnswer, type ServerOrder } from "./protocol.ts";

/** One of the servers under test, in a process of its own: `server.ts <kind> <visitors>`. */

interface Running {
  url: string;
  tokens: string[];
  /** One frame for every socket. */
  publish(): void;
  stop(): Promise<void>;
}

const answer = (message: ServerAnswer) => process.send!(message);

async function startRenus(visitors: number): Promise<Running> {
  const unlimited = 1_000_000_000;
  const server = await startTestServer({ limits: { framesPerMinute: unlimited, sessionsPerHourPerIp: unlimited } });
  const agent = await server.createPublishedAgent({
    config: { step_1_data: { name: "Bench" }, step_2_data: { tone: "calm" } },
  });
  const tokens: string[] = [];
  for (let index = 0; index < visitors; index++) tokens.push((await server.createSession(agent.slug)).token);
  // People of the panel hear every message of their company; without visitors that is what is measured.
  if (visitors === 0) tokens.push(await server.adminToken());
  const id = "00000000-0000-4000-8000-000000000000";
  const now = new Date().toISOString();
  const message = {
    id,
    conversation_id: id,
    seq: 1,
    rev: 1,
    role: "visitor",
    content: TEXT,
    created_at: now,
  } as unknown as Message;
  return {
    url: server.url.replace(/^http/, "ws") + "/ws",
    tokens,
    publish: () =>
      server.deps.bus.publish({ topic: "frame", client_id: id, conversation_id: id, frame: { type: "message", message } }),
    stop: () => server.stop(),
  };
}

const PAYLOAD = {
  message: { id: "00000000-0000-4000-8000-000000000000", seq: 1, rev: 1, role: "visitor", content: TEXT + TEXT },
};

async function startSocketIo(): Promise<Running> {
  const { Server } = (await import(import.meta.resolve("./peers/node_modules/socket.io/dist/index.js"))) as {
    Server: new (
      http: unknown,
      options: unknown,
    ) => {
      on(event: "connection", listener: (socket: { on(event: string, listener: (...args: any[]) => void): void }) => void): void;
      emit(event: string, payload: unknown): void;
      close(): Promise<void>;
    };
  };
  const http = createServer();
  const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false, serveClient: false });
  io.on("connection", (socket) => {
    socket.on("ping", (frame: { t: number }, acknowledge: (frame: unknown) => void) =>
      acknowledge({ type: "pong", t: frame.t, server_time: new Date().toISOString() }),
    );
  });
  return {
    url: (await listen(http)) + "/socket.io/?EIO=4&transport=websocket",
    tokens: [],
    publish: () => io.emit("message", PAYLOAD),
    stop: () => io.close(),
  };
}

/** `ws` as bare as it gets, with the two things that count: frames are framed once, and a tick's frames leave in one write. */
async function startBare(): Promise<Running> {
  const http = createServer();
  const wss = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false });
  const sockets = new Set<{ socket: Duplex; pending: Buffer[] }>();
  let waiting: { socket: Duplex; pending: Buffer[] }[] = [];
  const write = (peer: { socket: Duplex; pending: Buffer[] }, bytes: Buffer) => {
    if (peer.pending.length === 0) {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push(peer);
    }
    peer.pending.push(bytes);
  };
  const flush = () => {
    const list = waiting;
    waiting = [];
    for (const peer of list) {
      peer.socket.write(peer.pending.length === 1 ? peer.pending[0]! : Buffer.concat(peer.pending));
      peer.pending = [];
    }
  };
  const framed = (value: unknown) => {
    const text = Buffer.from(JSON.stringify(value));
    const header =
      text.length < 126 ? Buffer.from([0x81, text.length]) : Buffer.from([0x81, 126, text.length >> 8, text.length & 255]);
    return Buffer.concat([header, text]);
  };
  http.on("upgrade", (req, socket, head) =>
    wss.handleUpgrade(req, socket, head, (ws: WebSocket) => {
      const peer = { socket, pending: [] };
      sockets.add(peer);
      ws.on("close", () => sockets.delete(peer));
      ws.on("message", (data) => {
        const frame = JSON.parse(String(data)) as { t: number };
        write(peer, framed({ type: "pong", t: frame.t, server_time: new Date().toISOString() }));
      });
    }),
  );
  return {
    url: await listen(http),
    tokens: [],
    publish() {
      const bytes = framed({ type: "message", ...PAYLOAD });
      for (const peer of sockets) write(peer, bytes);
    },
    stop: async () => http.closeAllConnections(),
  };
}

async function listen(http: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

const [kind, visitors] = [process.argv[2] as Kind, Number(process.argv[3])];
const running = await { renus: () => startRenus(visitors), "socket.io": startSocketIo, bare: startBare }[kind]();
process.on("message", (order: ServerOrder) => {
  switch (order.type) {
    case "cpu": {
      const { user, system } = process.cpuUsage();
      return void answer({ type: "cpu", micros: user + system });
    }
    case "publish": {
      const { perTick } = order;
      let { ticks } = order;
      const tick = () => {
        for (let index = 0; index < perTick; index++) running.publish();
        if (--ticks > 0) setImmediate(tick);
      };
      return tick();
    }
    case "stop":
      return void running.stop().finally(() => process.exit(0));
  }
});
process.on("disconnect", () => process.exit(0));
answer({ type: "ready", url: running.url, tokens: running.tokens });
