import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A span as it came over the wire, its attributes as plain values. */
export interface CollectedSpan {
  traceId: string;
  spanId: string;
  /** Empty or absent: it begins its trace, as far as we know. */
  parentSpanId?: string;
  name: string;
  /** 1 internal, 2 server, 3 client. */
  kind: number;
  /** `code` 2: it failed. */
  status: { code?: number };
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
}

/** A collector of our own on the loopback: OTLP over HTTP as JSON, taken as willingly as a test wants. */
export interface Collector {
  readonly url: string;
  /** Path and headers of each request. */
  readonly requests: { path: string; headers: IncomingHttpHeaders }[];
  /** All bodies, whatever became of them. */
  text(): string;
  /** Of the bodies that were taken. */
  spans(): CollectedSpan[];
  /** `refuse`: 401 with words that quote what was sent. `hang`: never answers. */
  behave(how: "take" | "refuse" | "hang"): void;
  stop(): Promise<void>;
}

interface KeyValue {
  key: string;
  value: Record<string, unknown>;
}
const plain = (attributes: KeyValue[] = []) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

export async function startCollector(): Promise<Collector> {
  const requests: Collector["requests"] = [];
  const bodies: string[] = [];
  const spans: CollectedSpan[] = [];
  let how: "take" | "refuse" | "hang" = "take";
  const server = createServer((req, res) => {
    let body = "";
    req.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    req.on("end", () => {
      requests.push({ path: req.url ?? "", headers: req.headers });
      bodies.push(body);
      if (how === "hang") return;
      if (how === "refuse") return void res.writeHead(401).end(`refused: ${JSON.stringify(req.headers)} ${body}`);
      for (const { resource, scopeSpans } of JSON.parse(body).resourceSpans)
        for (const scope of scopeSpans)
          for (const span of scope.spans)
            spans.push({ ...span, attributes: plain(span.attributes), resource: plain(resource.attributes) });
      res.writeHead(200, { "Content-Type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    text: () => bodies.join("\n"),
    spans: () => spans,
    behave: (next) => void (how = next),
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
