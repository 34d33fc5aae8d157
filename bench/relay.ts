import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PublicSession } from "../protocol/resources.ts";
import { createPostgresDatabase, sharedPostgres, TEST_JWT_SECRET } from "../tests/support/postgres.ts";
import { startRealServer } from "../tests/support/real-server.ts";
import { openWs } from "../tests/support/ws-client.ts";
import { median, numberOption, printTable, tenths } from "./figures.ts";

/**
 * Processor time of relaying model streams: from the model's server over jobs, rows, bus and hub to one visitor each, beside a
 * process that reads the same streams with fetch and does nothing else. Database and clients are processes of their own.
 * `--streams=100 --tokens=200 --pause=50 --rounds=3`
 */

const streams = numberOption("streams", 100);
const tokens = numberOption("tokens", 200);
const pauseMs = numberOption("pause", 50);
const rounds = numberOption("rounds", 3);
const MINUTES_MAX = 10;
setTimeout(() => {
  console.error(`Given up after ${MINUTES_MAX} minutes.`);
  process.exit(1);
}, MINUTES_MAX * 60_000).unref();

const peer = (...args: string[]) => fork(join(import.meta.dirname, "relay-peer.ts"), args, { stdio: "inherit" });
const model = peer("model", String(tokens), String(pauseMs));
const [{ url: modelUrl }] = (await once(model, "message")) as [{ url: string }];
const reader = peer("reader");
await once(reader, "message");
const server = await startRealServer({
  OPENAI_BASE_URL: modelUrl,
  OPENAI_MODEL: "test-model",
  DATABASE_URL: await createPostgresDatabase(),
  JWT_SECRET: TEST_JWT_SECRET,
  TRUST_PROXY: "1",
});
const agent = await server.createPublishedAgent({ config: { step_1_data: { name: "Bench" }, step_2_data: { tone: "calm" } } });

/** Microseconds of the server's process so far; the kernel counts in hundredths of a second. */
function serverMicros(): number {
  const fields = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** Visitors from as many addresses, because one may open only so many sessions. */
async function openVisitor(index: number) {
  const res = await fetch(`${server.url}/public/agents/${agent.slug}/sessions`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Forwarded-For": `10.0.${index >> 8}.${index & 255}` },
    body: "{}",
  });
  const session = (await res.json()) as PublicSession;
  const client = await openWs(server.url, { token: session.token });
  await client.take("connected");
  return { client, conversation_id: session.conversation_id };
}
const visitors = await Promise.all(Array.from({ length: streams }, (_, index) => openVisitor(index)));

async function relay(): Promise<number> {
  const before = serverMicros();
  await Promise.all(
    visitors.map(async ({ client, conversation_id }) => {
      client.frames.length = 0;
      client.send({ type: "message", conversation_id, content: "Tell me everything." });
      await client.take("stream_end", () => true, tokens * pauseMs + 60_000);
    }),
  );
  return serverMicros() - before;
}
async function readOnly(): Promise<number> {
  reader.send({ url: modelUrl, streams });
  const [{ count, micros }] = (await once(reader, "message")) as [{ count: number; micros: number }];
  if (count !== streams * tokens) throw new Error(`The reader got ${count} tokens.`);
  return micros;
}

const relayed: number[] = [];
const read: number[] = [];
for (let round = 0; round <= rounds; round++) {
  const [ours, bare] = [await relay(), await readOnly()];
  // The first round warms everything up.
  if (round === 0) continue;
  relayed.push(ours / streams / tokens);
  read.push(bare / streams / tokens);
}
for (const { client } of visitors) client.ws.terminate();
await server.remove();
await (await sharedPostgres()).stop();
model.disconnect();
reader.disconnect();
printTable(
  [`${streams} streams of ${tokens} tokens`, "µs a token", "of the rounds", "of fetch alone"],
  [
    [
      "Renus",
      tenths(median(relayed)),
      `${tenths(Math.min(...relayed))} … ${tenths(Math.max(...relayed))}`,
      `${(median(relayed) / median(read)).toFixed(2)} ×`,
    ],
    ["fetch alone", tenths(median(read)), `${tenths(Math.min(...read))} … ${tenths(Math.max(...read))}`, "1.00 ×"],
  ],
);
