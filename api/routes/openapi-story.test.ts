import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { API_KEY_SCOPES, type ApiKeyScope } from "../../protocol/codes.ts";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";

/**
 * The examples of the document, lived through on a server: every operation with its documented parameters and body, in an order in
 * which each finds what it needs. Ids and tokens of the examples stand for those that the server gives out.
 */
const STORY = [
  "readHealth, readReadiness, readMetrics, readAuthConfig",
  "createClient, getClient, listClients, createUser, listUsers, issueToken, readOwnUser, updateOwnUser, createApiKey, listApiKeys, readMe",
  "createAgent, createSubAgent, getSubAgent, updateSubAgent, listSubAgents, publishAgent, getAgent, updateAgent, setPicture, listAgents, getUsage",
  "startWizard, saveWizardStep, getWizard, tryInSandbox, publishWizard, testRoute, duplicateAgent, getIdentity, rotateIdentity",
  "getPublicAgent, getAgentQrSvg, getAgentQrPng, getPublicQrSvg, getPublicQrPng",
  "createPublicSession, identifyVisitor, refreshPublicSession, getEvents, postFrame",
  "listMessages, exportOwnVisitor, agreeToConsent, listConversations, countConversations, getConversation, correctRouting, listRoutingExamples, uncorrectRouting",
  "takeOver, postOperatorMessage, createNote, updateNote, listNotes, exportConversation, exportVisitor, handBack, closeConversation",
  "createCannedReply, updateCannedReply, listCannedReplies, listInstalls, getOverview, updateClient, updateUser",
  "createWebhook, getWebhook, updateWebhook, listWebhooks, rotateWebhookSecret, testWebhook, listDeliveries, replayDelivery, deleteWebhook",
  "deleteNote, deleteCannedReply, eraseVisitor, eraseOwnVisitor, deleteSubAgent, unpublishAgent, deleteAgent, listChanges",
  "signOut, revokeApiKey, deleteUser, deleteClient",
].flatMap((line) => line.split(", "));

const VISITOR_TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIwMTkyZjBjMSJ9.visitor";

interface Operation {
  operationId: string;
  security: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; example?: string }[];
  requestBody?: { content: Record<string, { example?: unknown }> };
  responses: Record<string, { content?: Record<string, { schema: unknown; example?: unknown }> }>;
}
const document = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"));
const operations = new Map(
  Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => [operation.operationId, { method: method.toUpperCase(), path, operation }]),
  ),
);

let server: TestServer;
const keys = new Map<string, string>();
/** From the examples' ids and tokens to the server's. */
const learnt = new Map<string, string>();
beforeAll(async () => {
  server = await startTestServer();
  for (const scope of API_KEY_SCOPES) {
    const body = { name: scope, client_id: null, scopes: [scope] satisfies ApiKeyScope[] };
    keys.set(scope, (await server.ok("POST", "/api-keys", { body })).key);
  }
});
afterAll(() => server.stop());

const real = (text: string) => [...learnt].reduce((result, [example, value]) => result.replaceAll(example, value), text);

function learn(example: unknown, actual: unknown): void {
  if (typeof example === "string" && typeof actual === "string") {
    if (/^[0-9a-f-]{36}$|^eyJ/.test(example) && !learnt.has(example)) learnt.set(example, actual);
  } else if (typeof example === "object" && typeof actual === "object" && example !== null && actual !== null) {
    for (const [name, value] of Object.entries(example)) learn(value, (actual as Record<string, unknown>)[name]);
  }
}

/** The token that the document asks for; where a key will do, a key that may do just what it says. */
async function tokenFor({ path, operation }: { path: string; operation: Operation }): Promise<string | null> {
  const byKey = operation.security.find((entry) => "apiKey" in entry);
  if (byKey) return keys.get(byKey["apiKey"]![0] ?? "read")!;
  if (operation.security.some((entry) => "visitor" in entry)) return real(VISITOR_TOKEN);
  if (operation.security.length === 0) return null;
  return path.startsWith("/auth/v1/")
    ? real("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIwMTkyZjBjMSJ9.access")
    : server.adminToken();
}

test("the story has every operation once", () => {
  expect(STORY.toSorted()).toEqual([...operations.keys()].toSorted());
});

test.each(STORY)("%s", async (name) => {
  const { method, path, operation } = operations.get(name)!;
  await PREPARATIONS[name]?.();
  let address = path;
  for (const parameter of operation.parameters ?? []) {
    if (parameter.in !== "path") continue;
    expect(parameter.example, `example of ${parameter.name}`).toBeDefined();
    address = address.replace(`{${parameter.name}}`, real(parameter.example!));
  }
  if (name === "issueToken") address += "?grant_type=password";
  const body = operation.requestBody?.content["application/json"]?.example;
  expect(body !== undefined, "example of the body").toBe(operation.requestBody !== undefined);

  const hangUp = new AbortController();
  const token = await tokenFor({ path, operation });
  const res = await fetch(server.url + address, {
    method,
    signal: hangUp.signal,
    headers: {
      ...(token === null || token.endsWith(".visitor") ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: real(JSON.stringify(body)) }),
  });
  const type = (res.headers.get("Content-Type") ?? "").split(";")[0]!;
  const text = type === "text/event-stream" ? "" : await res.text();
  hangUp.abort();
  expect(res.status, text).toBeLessThan(300);
  const documented = operation.responses[String(res.status)];
  expect(documented, `status ${res.status}`).toBeDefined();
  if (!documented!.content) return;
  const media = documented!.content[type];
  expect(media, `content type ${type}`).toBeDefined();
  if (type === "image/png") return;
  expect(media!.example, "example of the answer").toBeDefined();
  if (type !== "application/json") return;
  const answer = JSON.parse(text);
  learn(media!.example, answer);
  expect(differences(media!.example, answer)).toEqual([]);
});

type Named = Record<string, unknown>;
/** Where an example and an answer have other names: an example that has grown old. What people name themselves is left out. */
function differences(example: unknown, answer: unknown, at = ""): string[] {
  if (typeof example !== "object" || typeof answer !== "object" || example === null || answer === null) return [];
  if (/\.(config|user_metadata|appearance|meta)$/.test(at)) return [];
  const names = (value: object) => (Array.isArray(value) ? Object.keys(value).slice(0, 1) : Object.keys(value));
  const [wanted, got] = [names(example), names(answer)];
  const isList = Array.isArray(answer);
  const missing = [...wanted.filter((name) => !got.includes(name)), ...got.filter((name) => !wanted.includes(name))];
  const inner = wanted
    .filter((name) => got.includes(name))
    .flatMap((name) => differences((example as Named)[name], (answer as Named)[name], `${at}.${name}`));
  return [...(isList ? [] : missing.map((name) => `${at}.${name}`)), ...inner];
}

/** What the story takes for granted. */
const PREPARATIONS: Record<string, () => Promise<unknown>> = {
  listMessages: replyToCome,
  /** The visitor of the story is gone by then; here is another one. */
  async eraseOwnVisitor() {
    learnt.set(
      VISITOR_TOKEN,
      (await server.ok("POST", `/public/agents/corner-bakery/sessions`, { token: null, body: {} })).token,
    );
  },
  async publishWizard() {
    const id = operations.get("publishWizard")!.operation.parameters![0]!.example!;
    await server.ok("PUT", `/agents/wizard/${real(id)}/step/1`, { body: { name: "Evening Bakery" } });
  },
};
async function replyToCome(): Promise<void> {
  const id = operations.get("listMessages")!.operation.parameters!.find((parameter) => parameter.name === "id")!.example!;
  const statuses = async () => {
    const { data } = await server.ok("GET", `/conversations/${real(id)}/messages`);
    return data.map((message: { role: string; status: string }) => `${message.role} ${message.status}`);
  };
  await expect.poll(statuses, { timeout: 20_000 }).toContain("assistant complete");
}
