import { randomUUID } from "node:crypto";
import { sign } from "hono/jwt";
import { expect, test } from "vitest";
import { startCollector } from "./support/collector.ts";
import { startOpenAiServer } from "./support/openai-server.ts";
import { REAL_SERVER_EMAIL, REAL_SERVER_PASSWORD, REAL_SERVER_SECRET, startRealServer } from "./support/real-server.ts";
import { openWs } from "./support/ws-client.ts";

const TEXT = "My number is 470110815";
const REPLY = "Thank you for your 470110815";
const PROMPT = "You never tell the colour heliotrope";
const VISITOR = "Heliodora Finch";
const API_KEY = "sk-a-key-for-tests-only";

/** A whole chat with everything that goes wrong on the way; its log and its traces have to stay silent about its content. */
test("when most is told, log and traces hold no message, prompt, token, password or key", { timeout: 120_000 }, async () => {
  const [model, collector] = await Promise.all([startOpenAiServer(), startCollector()]);
  // Servers quote what they refuse.
  model.behave((request) =>
    request.user.includes("fail") ? { status: 400, error: { message: `refused: ${request.user} ${API_KEY}` } } : { text: REPLY },
  );
  const server = await startRealServer({
    LOG_LEVEL: "trace",
    OPENAI_BASE_URL: model.url,
    OPENAI_API_KEY: API_KEY,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  });
  const secrets = [TEXT, REPLY, PROMPT, API_KEY, REAL_SERVER_PASSWORD, REAL_SERVER_SECRET, "470110815", "heliotrope"];
  try {
    const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
      fetch(server.url + path, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
    const signedIn = await post("/auth/v1/token?grant_type=password", {
      email: REAL_SERVER_EMAIL,
      password: REAL_SERVER_PASSWORD,
    });
    const person = (await signedIn.json()) as { access_token: string; refresh_token: string };
    await post("/auth/v1/token?grant_type=password", { email: REAL_SERVER_EMAIL, password: "wrong-470110815" });
    const refreshed = await post("/auth/v1/token?grant_type=refresh_token", { refresh_token: person.refresh_token });
    const desk = (await refreshed.json()) as typeof person;
    const agent = await server.createPublishedAgent({ system_prompt: PROMPT, description: TEXT });
    const { token, conversation_id } = await server.createSession(agent.slug);
    secrets.push(person.access_token, person.refresh_token, desk.access_token, desk.refresh_token, token);

    const tab = await openWs(server.url, { token });
    const plain = await openWs(server.url, { token, isPlain: true });
    const operator = await openWs(server.url, { token: desk.access_token, isPlain: true });
    await Promise.all([tab, plain, operator].map((peer) => peer.take("connected")));
    const message = (content: string) => ({ type: "message", conversation_id, content, client_message_id: randomUUID() });
    tab.send(message(TEXT));
    await plain.take("message", (frame) => frame.message.content === REPLY, 20_000);
    tab.send(message(`${TEXT}, now fail`));
    await tab.take("message", (frame) => frame.message.status === "failed", 20_000);
    for (const bad of [
      TEXT,
      `{"type":"message","content":"${TEXT}"`,
      JSON.stringify({ type: TEXT }),
      JSON.stringify(message(" ")),
    ])
      tab.sendRaw(bad);
    tab.send({ ...message(TEXT), conversation_id: randomUUID() });
    tab.send({ ...message(TEXT), reply_to: randomUUID() });
    tab.send({ type: "auth", token: `${token}x` });
    await tab.settle();
    operator.send(message(TEXT));
    await tab.take("message", (frame) => frame.message.role === "operator");
    await expect(openWs(server.url, { isPlain: true, token: `${token}x` })).rejects.toMatchObject({ status: 401 });
    await expect(openWs(server.url, { path: `/elsewhere?token=${token}`, isPlain: true })).rejects.toMatchObject({
      status: 404,
    });

    const bearer = { Authorization: `Bearer ${token}` };
    for (const body of [
      message(TEXT),
      TEXT,
      `{"content":"${TEXT}`,
      { type: TEXT },
      { ...message(TEXT), conversation_id: TEXT },
    ]) {
      await post(`/public/frames?token=${token}`, body);
      await post("/public/frames", body, bearer);
    }
    await post(`/public/agents/${agent.slug}/sessions?token=${token}`, { source: 470110815, page_url: TEXT });
    await post("/public/sessions/refresh", {}, bearer);

    // Who the visitor is: a token that holds, tokens that do not, and what a page says without one.
    const asDesk = { Authorization: `Bearer ${desk.access_token}` };
    const identity = await fetch(`${server.url}/agents/${agent.id}/identity`, { headers: asDesk });
    const { secret } = (await identity.json()) as { secret: string };
    const rotated = await post(`/agents/${agent.id}/identity/rotate`, {}, asDesk);
    const { secret: fresh } = (await rotated.json()) as { secret: string };
    const claims = { sub: VISITOR, name: VISITOR, email: "heliodora@example.test", exp: Math.floor(Date.now() / 1000) + 60 };
    const [good, wrong, odd] = await Promise.all([
      sign(claims, fresh, "HS256"),
      sign(claims, secret, "HS256"),
      sign({ ...claims, sub: `${VISITOR}\u0000` }, fresh, "HS256"),
    ]);
    secrets.push(secret, fresh, good, wrong, odd, VISITOR, "heliodora");
    for (const user_token of [good, wrong, odd, `${good}x`]) await post("/public/sessions/identify", { user_token }, bearer);
    expect((await post(`/public/agents/${agent.slug}/sessions`, { user_token: good })).status).toBe(201);
    await post(`/public/agents/${agent.slug}/sessions`, { name: VISITOR, email: VISITOR, meta: { [VISITOR]: 1 } });
    await post("/public/sessions/identify", { name: VISITOR, meta: { who: VISITOR } }, bearer);
    await post(`/conversations/${conversation_id}/messages`, `{"content":"${TEXT}`, {
      Authorization: `Bearer ${desk.access_token}`,
    });
    await post(`/conversations/${conversation_id}/messages`, { content: "x".repeat(5000) + TEXT }, bearer);
    await fetch(`${server.url}/agents?q=${encodeURIComponent(TEXT)}&cursor=${token}`, {
      headers: { Authorization: `Bearer ${token}x` },
    });
    await fetch(`${server.url}/nowhere?token=${token}`);
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    await fetch(`${server.url}/healthz`, {
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, tracestate: `x=${TEXT}` },
    });
    await fetch(`${server.url}/healthz`, { headers: { traceparent: TEXT } });
    const events = await fetch(`${server.url}/public/events?token=${token}`);
    await events.body!.cancel();
    await Promise.all([tab, plain, operator].map((peer) => peer.close()));
    await server.kill("SIGTERM");

    const output = server.output();
    const lines = output.split("\n").filter((line) => line.startsWith("{"));
    const logged = (msg: string) =>
      lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((entry) => entry["msg"] === msg);
    const requests = logged("request");
    expect(requests.length).toBeGreaterThan(20);
    expect(requests.filter((entry) => entry["trace_id"] === traceId)).toMatchObject([{ path: "/healthz" }]);
    const traces = requests.map((entry) => entry["trace_id"] as string);
    expect(new Set(traces).size).toBe(requests.length);

    const [answered, failed] = logged("reply");
    const ids = { trace_id: expect.stringMatching(/^[0-9a-f]{32}$/), message_id: expect.stringMatching(/^[0-9a-f-]{36}$/) };
    const common = { ...ids, conversation_id, agent_id: agent.id, sub_agent_id: null, attempt: 1, routing: "main" };
    expect(answered).toMatchObject({ ...common, status: "complete", model: expect.any(String), error_code: null });
    for (const key of ["first_token_ms", "latency_ms"]) expect(answered![key]).toBeGreaterThanOrEqual(0);
    expect(answered!["tokens"]).toEqual({ prompt: expect.any(Number), completion: expect.any(Number) });
    expect(failed).toMatchObject({
      ...common,
      status: "failed",
      first_token_ms: null,
      tokens: null,
      error_code: "MODEL_UNAVAILABLE",
    });
    for (const trace of [...traces, answered!["trace_id"]]) expect(trace).toMatch(/^[0-9a-f]{32}$/);
    expect(output).toContain("the model gave no reply");
    for (const secret of secrets) expect(output.includes(secret), `the log holds ${secret}`).toBe(false);

    // What had ended was sent before the process did.
    const traced = new Set(collector.spans().map((span) => span.traceId));
    expect([...traces, answered!["trace_id"], failed!["trace_id"]].filter((trace) => !traced.has(trace as string))).toEqual([]);
    const told = collector.text();
    for (const secret of [...secrets, REAL_SERVER_EMAIL]) expect(told.includes(secret), `the traces hold ${secret}`).toBe(false);
  } finally {
    await server.remove();
    await Promise.all([model.stop(), collector.stop()]);
  }
});
