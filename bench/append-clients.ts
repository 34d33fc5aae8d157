import { randomUUID } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { openWs, type WsClient } from "../tests/support/ws-client.ts";

/** Visitors in a thread of their own, so that they do not share the server's core. */
export interface ClientsData {
  url: string;
  sessions: { token: string; conversation_id: string }[];
  content: string;
}
export interface ClientsRun {
  ms: number;
  /** The first of them write. */
  visitors: number;
}
export interface ClientsResult {
  acknowledged: number;
  ms: number;
  latencies: number[];
}

const { url, sessions, content } = workerData as ClientsData;
const clients: WsClient[] = [];
for (const { token } of sessions) {
  const client = await openWs(url, { token });
  await client.take("connected");
  clients.push(client);
}

/** Every visitor keeps one message on its way; counted is what was acknowledged within the time. */
async function run({ ms, visitors }: ClientsRun): Promise<ClientsResult> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + ms;
  await Promise.all(
    clients.slice(0, visitors).map((client, index) => {
      const { conversation_id } = sessions[index]!;
      const sentAt = new Map<string, number>();
      return new Promise<void>((done, fail) => {
        const send = () => {
          const client_message_id = randomUUID();
          sentAt.set(client_message_id, performance.now());
          client.send({ type: "message", conversation_id, content, client_message_id });
        };
        const listen = (data: unknown) => {
          const text = String(data);
          if (text.includes('"type":"error"')) fail(new Error(text));
          if (!text.includes('"type":"message_sent"')) return;
          const { client_message_id } = JSON.parse(text) as { client_message_id: string };
          const now = performance.now();
          const begun = sentAt.get(client_message_id);
          if (begun === undefined) return;
          sentAt.delete(client_message_id);
          if (now <= endsAt) {
            latencies.push(now - begun);
            send();
          } else if (sentAt.size === 0) {
            client.ws.off("message", listen);
            done();
          }
        };
        client.ws.on("message", listen);
        send();
      });
    }),
  );
  // The client keeps every frame for tests; a benchmark would only measure that memory.
  for (const client of clients) client.frames.length = 0;
  return { acknowledged: latencies.length, ms, latencies };
}

parentPort!.on("message", (order: ClientsRun | "end") => {
  if (order === "end") {
    for (const client of clients) client.ws.terminate();
    parentPort!.close();
  } else void run(order).then((result) => parentPort!.postMessage(result));
});
parentPort!.postMessage("ready");
