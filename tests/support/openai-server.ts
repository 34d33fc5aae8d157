import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** One request as it arrived. */
export interface ModelRequest {
  readonly number: number;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: {
    model: string;
    messages: { role: string; content: string }[];
    stream?: boolean;
    temperature?: number;
    stream_options?: { include_usage?: boolean };
    response_format?: { type: string; json_schema: { strict: boolean; schema: any } };
  };
  /** All system messages, joined. */
  readonly system: string;
  /** The last message of the role user. */
  readonly user: string;
  /** Asks for a topic rather than for a reply. */
  readonly isRouting: boolean;
  /** `performance.now()` of its arrival. */
  readonly at: number;
  /** True once the client has hung up before the answer was whole. */
  wasAborted: boolean;
  /** `performance.now()` when it was answered, or the client hung up; null until then. */
  overAt: number | null;
}

/** How one request is answered; everything left out is as a healthy server does it. */
export interface ModelBehaviour {
  /** The whole answer; streamed word by word. */
  text?: string;
  /** Instead of words: exactly these pieces. */
  chunks?: string[];
  /** Pause before each piece. */
  chunkDelayMs?: number;
  /** Nothing is answered before this resolves. */
  gate?: Promise<unknown>;
  /** After so many pieces nothing comes any more, until the client hangs up. */
  stallAfter?: number;
  /** After so many pieces the connection breaks. */
  dropAfter?: number;
  /** After so many pieces an answer ends without its finish and without [DONE]. */
  endAfter?: number;
  /** An HTTP error; 429 and 5xx may carry a Retry-After. */
  status?: number;
  retryAfter?: string;
  error?: Record<string, unknown>;
  /** Bytes that are no JSON, in an event or as the whole body. */
  isGarbled?: boolean;
  /** 400, as servers do that know no json_schema; only for requests that carry one. */
  refusesSchema?: boolean;
  refusesStreamOptions?: boolean;
  finish?: string;
}

export interface OpenAiServer {
  /** For OPENAI_BASE_URL. */
  readonly url: string;
  readonly requests: ModelRequest[];
  /** Requests that ask for a reply, not for a topic. */
  readonly replies: ModelRequest[];
  readonly routings: ModelRequest[];
  /** Decides over every request; the default answers "Hello from the model." and the topic "none". */
  behave(decide: (request: ModelRequest) => ModelBehaviour): void;
  stop(): Promise<void>;
}

const DEFAULT_ANSWER = "Hello from the model.";

/** A server of our own that speaks Chat Completions on the loopback, as well or as badly as a test wants. */
export async function startOpenAiServer(): Promise<OpenAiServer> {
  const requests: ModelRequest[] = [];
  const sockets = new Set<Socket>();
  let decide: (request: ModelRequest) => ModelBehaviour = () => ({});

  const server = createServer((req, res) => {
    handle(req, res).catch(() => res.destroy());
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of req) pieces.push(piece as Buffer);
    const body = JSON.parse(Buffer.concat(pieces).toString()) as ModelRequest["body"];
    const system = body.messages
      .filter(({ role }) => role === "system")
      .map(({ content }) => content)
      .join("\n");
    const request: ModelRequest = {
      number: requests.length + 1,
      path: req.url ?? "",
      authorization: req.headers.authorization,
      body,
      system,
      user: body.messages.findLast(({ role }) => role === "user")?.content ?? "",
      isRouting: body.response_format !== undefined || system.includes("Pick the one topic"),
      at: performance.now(),
      wasAborted: false,
      overAt: null,
    };
    requests.push(request);
    const left = new Promise<void>((resolve) => {
      res.on("close", () => {
        request.wasAborted = !res.writableFinished;
        request.overAt = performance.now();
        resolve();
      });
    });
    await answer(request, decide(request), res, left);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    get replies() {
      return requests.filter((request) => !request.isRouting);
    },
    get routings() {
      return requests.filter((request) => request.isRouting);
    },
    behave(next) {
      decide = next;
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function answer(request: ModelRequest, behaviour: ModelBehaviour, res: ServerResponse, left: Promise<void>): Promise<void> {
  await Promise.race([behaviour.gate, left]);
  const refusal = refusalOf(request, behaviour);
  if (refusal) {
    res.writeHead(refusal.status, {
      "Content-Type": "application/json",
      ...(behaviour.retryAfter === undefined ? {} : { "Retry-After": behaviour.retryAfter }),
    });
    res.end(JSON.stringify({ error: { message: "no", type: "error", param: null, code: null, ...refusal.error } }));
    return;
  }
  const text = behaviour.text ?? (request.isRouting ? '{"topic":"none"}' : DEFAULT_ANSWER);
  const chunks = behaviour.chunks ?? text.match(/\s*\S+/g) ?? [];
  const usage = { prompt_tokens: 42, completion_tokens: chunks.length, total_tokens: 42 + chunks.length };
  const id = `chatcmpl-${request.number}`;

  if (!request.body.stream) {
    if (behaviour.stallAfter !== undefined) return left;
    if (behaviour.dropAfter !== undefined) return void res.destroy();
    res.writeHead(200, { "Content-Type": "application/json" });
    if (behaviour.isGarbled) return void res.end('{"choices": [{"mess');
    const message = { role: "assistant", content: text };
    const choices = [{ index: 0, message, finish_reason: behaviour.finish ?? "stop" }];
    return void res.end(JSON.stringify({ id, object: "chat.completion", model: request.body.model, choices, usage }));
  }

  res.writeHead(200, { "Content-Type": "text/event-stream" });
  const send = (choices: unknown[], more = {}) =>
    res.write(
      `data: ${JSON.stringify({ id, object: "chat.completion.chunk", model: request.body.model, choices, ...more })}\n\n`,
    );
  send([{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }]);
  for (const [count, content] of [...chunks, null].entries()) {
    if (behaviour.stallAfter === count) return left;
    if (behaviour.dropAfter === count) return void setTimeout(() => res.destroy(), 20);
    if (behaviour.endAfter === count) return void res.end();
    if (behaviour.isGarbled && count === 1) {
      res.write('data: {"choices": [{"del\n\n');
      return void res.end();
    }
    if (content === null) break;
    if (behaviour.chunkDelayMs) await Promise.race([sleep(behaviour.chunkDelayMs), left]);
    if (res.destroyed) return;
    send([{ index: 0, delta: { content }, finish_reason: null }]);
  }
  send([{ index: 0, delta: {}, finish_reason: behaviour.finish ?? "stop" }]);
  if (request.body.stream_options?.include_usage) send([], { usage });
  res.end("data: [DONE]\n\n");
}

function refusalOf(
  { body }: ModelRequest,
  { status, error, refusesSchema, refusesStreamOptions }: ModelBehaviour,
): { status: number; error?: Record<string, unknown> | undefined } | null {
  if (status !== undefined) return { status, error };
  if (refusesSchema && body.response_format) return { status: 400, error: { message: "response_format is not supported" } };
  if (refusesStreamOptions && body.stream_options) return { status: 422, error: { message: "extra fields not permitted" } };
  return null;
}
