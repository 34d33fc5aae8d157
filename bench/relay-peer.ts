import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Processes of bench/relay.ts: `relay-peer.ts model <tokens> <pause>`, a model server; `relay-peer.ts reader`, which reads its streams with fetch. */

export const REQUEST = { model: "test-model", stream: true, messages: [{ role: "user", content: "Tell me everything." }] };

const [role, tokens, pauseMs] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

if (role === "model") {
  const event = (delta: object, finish: string | null) =>
    `data: ${JSON.stringify({ id: "x", object: "chat.completion.chunk", created: 1, model: "test-model", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  const word = event({ content: "token " }, null);
  const server = createServer((req, res) => {
    req.resume();
    req.on("end", () => {
      res.writeHead(200, { "Content-Type": "text/event-stream" });
      let left = tokens;
      const timer = setInterval(() => {
        if (left-- > 0) return void res.write(word);
        clearInterval(timer);
        res.end(event({}, "stop") + "data: [DONE]\n\n");
      }, pauseMs);
      res.on("close", () => clearInterval(timer));
    });
  });
  server.listen(0, "127.0.0.1", () => process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` }));
}

if (role === "reader") {
  process.on("message", ({ url, streams }: { url: string; streams: number }) => void read(url, streams));
  process.send!({ ready: true });
}

async function read(url: string, streams: number): Promise<void> {
  const before = process.cpuUsage();
  let count = 0;
  await Promise.all(
    Array.from({ length: streams }, async () => {
      const res = await fetch(`${url}/chat/completions`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(REQUEST),
      });
      let rest = "";
      for await (const chunk of res.body!.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop()!;
        for (const line of lines) {
          if (!line.startsWith("data: ") || line === "data: [DONE]") continue;
          const parsed = JSON.parse(line.slice(6)) as { choices: { delta: { content?: string } }[] };
          if (parsed.choices[0]!.delta.content !== undefined) count += 1;
        }
      }
    }),
  );
  const { user, system } = process.cpuUsage(before);
  process.send!({ count, micros: user + system });
}

process.on("disconnect", () => process.exit(0));
