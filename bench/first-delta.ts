import { startOpenAiServer } from "../tests/support/openai-server.ts";
import { createPostgresDatabase, sharedPostgres, TEST_JWT_SECRET } from "../tests/support/postgres.ts";
import { startRealServer } from "../tests/support/real-server.ts";
import { openWs } from "../tests/support/ws-client.ts";
import { median, numberOption, percentile, printTable, tenths } from "./figures.ts";

/**
 * Milliseconds from sending a message to the first streamed character, without the model's own: the model's server is in this
 * process and tells when it was asked and when it began to answer. `--replies=24`
 */

const replies = numberOption("replies", 24);
const MODEL_MS = 50;

interface Figures {
  /** From sending to the acknowledgement, to the model's being asked, from its first word to ours, and without the model in all. */
  acknowledged: number[];
  asked: number[];
  relayed: number[];
  total: number[];
}

async function measure(environment: Record<string, string>): Promise<Figures> {
  const model = await startOpenAiServer();
  let answeredAt = 0;
  model.behave((request) =>
    request.isRouting
      ? {}
      : {
          gate: new Promise<void>((begin) =>
            setTimeout(() => {
              answeredAt = performance.now();
              begin();
            }, MODEL_MS),
          ),
          text: "One two three.",
        },
  );
  const server = await startRealServer({ OPENAI_BASE_URL: model.url, OPENAI_MODEL: "test-model", ...environment });
  const figures: Figures = { acknowledged: [], asked: [], relayed: [], total: [] };
  try {
    const agent = await server.createPublishedAgent({
      config: { step_1_data: { name: "Bench" }, step_2_data: { tone: "calm" } },
    });
    for (let number = -3; number < replies; number++) {
      // A visitor each: how often one may write is limited.
      const session = await server.createSession(agent.slug);
      const client = await openWs(server.url, session);
      await client.take("connected");
      const times = { acknowledged: 0, delta: 0 };
      client.ws.on("message", (data) => {
        const text = String(data);
        if (text.startsWith('{"type":"message_sent"')) times.acknowledged ||= performance.now();
        if (text.startsWith('{"type":"delta"')) times.delta ||= performance.now();
      });
      const sentAt = performance.now();
      client.send({ type: "message", conversation_id: session.conversation_id, content: "Hello?" });
      await client.take("stream_end", () => true, 20_000);
      await client.close();
      // The first ones warm everything up.
      if (number < 0) continue;
      const request = model.replies.at(-1)!;
      figures.acknowledged.push(times.acknowledged - sentAt);
      figures.asked.push(request.at - sentAt);
      figures.relayed.push(times.delta - answeredAt);
      figures.total.push(request.at - sentAt + times.delta - answeredAt);
    }
    return figures;
  } finally {
    await server.remove();
    await model.stop();
  }
}

const spread = (values: number[]) => `${tenths(median(values))} / ${tenths(percentile(values, 0.95))}`;
const rows = [];
for (const [name, environment] of [
  ["PGlite", {}],
  ["PostgreSQL", { DATABASE_URL: await createPostgresDatabase(), JWT_SECRET: TEST_JWT_SECRET }],
] as const) {
  const { acknowledged, asked, relayed, total } = await measure(environment);
  rows.push([name, spread(acknowledged), spread(asked), spread(relayed), spread(total)]);
}
await (await sharedPostgres()).stop();
printTable(
  ["ms, p50 / p95", "sent → acknowledged", "sent → model asked", "model's first word → ours", "first delta without the model"],
  rows,
);
