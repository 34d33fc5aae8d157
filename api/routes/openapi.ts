import { createHash } from "node:crypto";
import { z } from "@hono/zod-openapi";
import { WEBHOOK_TEST_EVENT, type WebhookEvent } from "../../protocol/codes.ts";
import {
  agentIdentitySchema,
  agentSchema,
  apiKeySchema,
  clientSchema,
  conversationSchema,
  errorBodySchema,
  messageSchema,
  publicAgentSchema,
  publicSessionSchema,
  publishResultSchema,
  routingTraceSchema,
  subAgentSchema,
  userSchema,
  visitorUserSchema,
  webhookDeliverySchema,
  webhookSchema,
  wizardStateSchema,
} from "../../protocol/resources.ts";
import { DOCS_STYLE, renderDocs, type ApiDocument, type ApiOperation } from "./docs-page.ts";
import { errorExample, OPERATION_EXAMPLES, parameterExample } from "./openapi-examples.ts";
import { createRouter, FAILURE, type Router } from "./router.ts";

// The names under which the document shows these schemas, once each, wherever a route uses them.
const COMPONENTS: Record<string, z.ZodType> = {
  Agent: agentSchema,
  AgentIdentity: agentIdentitySchema,
  SubAgent: subAgentSchema,
  Conversation: conversationSchema,
  Message: messageSchema,
  ApiKey: apiKeySchema,
  Webhook: webhookSchema,
  WebhookDelivery: webhookDeliverySchema,
  Client: clientSchema,
  User: userSchema,
  VisitorUser: visitorUserSchema,
  RoutingTrace: routingTraceSchema,
  PublicAgent: publicAgentSchema,
  PublicSession: publicSessionSchema,
  PublishResult: publishResultSchema,
  WizardState: wizardStateSchema,
  Error: errorBodySchema,
};
for (const [id, schema] of Object.entries(COMPONENTS)) z.globalRegistry.add(schema, { id });

const WEBHOOK_WORDS: Readonly<Record<WebhookEvent | typeof WEBHOOK_TEST_EVENT, string>> = {
  "message.created": "Somebody wrote, or a reply has ended",
  "conversation.created": "A visitor opened a conversation",
  "conversation.handed_off": "A person answers from here on",
  "conversation.handed_back": "The assistant answers again",
  "conversation.closed": "A conversation was closed",
  "agent.published": "An agent went public",
  "agent.unpublished": "An agent was paused",
  [WEBHOOK_TEST_EVENT]: "Asked for by hand",
};

const DESCRIPTION = `Ids are UUIDs, times ISO 8601 in UTC, names snake_case. Every error has the same shape: words for a person in \`error\`, a \`code\` for programs, and the \`request_id\` that the log has. What a caller may not see answers exactly like what does not exist. Lists answer \`{data, next_cursor}\`; pass \`next_cursor\` as \`cursor\` for the next page. Live conversations travel over the WebSocket at \`/ws\`.`;

/** The OpenAPI 3.1 document of everything that is mounted on `app`. */
export function openApiDocument(app: Router): ApiDocument {
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Renus",
      version: "1",
      description: DESCRIPTION,
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
    },
    servers: [{ url: "/" }],
    tags: [
      { name: "sign-in", description: "Supabase Auth's own shapes, at its paths." },
      { name: "wizard", description: "From nothing to a published agent in four steps." },
      { name: "agents", description: "What visitors talk to." },
      { name: "sub-agents", description: "Specialists of an agent; the topic of a message chooses one." },
      { name: "conversations", description: "The inbox: read, answer, take over, hand back." },
      { name: "clients", description: "Companies. Administrators only." },
      { name: "users", description: "People who sign in. Administrators only." },
      { name: "canned-replies", description: "What a company answers often." },
      { name: "webhooks", description: "Events, signed as Standard Webhooks has it and delivered at least once." },
      { name: "audit-log", description: "Who changed what. Administrators only." },
      { name: "api-keys", description: "For programs. Administrators only, and in person: a key makes no keys." },
      { name: "public", description: "For visitors and the widget, from any page." },
      { name: "system", description: "For whoever watches the process." },
    ],
  });
  const { paths, schemas } = nameSchemas(document.paths);
  document.paths = paths as typeof document.paths;
  for (const [path, item] of Object.entries(document.paths ?? {}))
    for (const [method, operation] of Object.entries(item)) completeOperation(path, method, operation as ApiOperation);
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...(schemas as object) },
    securitySchemes: {
      bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "Access token of a signed-in person." },
      apiKey: {
        type: "http",
        scheme: "bearer",
        bearerFormat: "rns_…",
        description: "API key. It needs the scope that stands beside the operation; without one every key will do.",
      },
      visitor: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "Token of a public session." },
    },
  };
  return { ...(document as unknown as ApiDocument), webhooks: webhookOperations() };
}

const IDEMPOTENCY_KEY = {
  name: "Idempotency-Key",
  in: "header",
  description:
    "Makes a retry safe: for 24 hours the same request under the same key gets the same answer, with `Idempotency-Replayed: true`. Another request under it, or the same while it is carried out, is IDEMPOTENCY_CONFLICT.",
  schema: { type: "string", minLength: 1, maxLength: 255 },
  example: "8e03978e-40d5-43e8-bc93-6894a57f9324",
};

/** What an endpoint gets, by event. */
function webhookOperations(): Record<string, unknown> {
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const agentFields = ["id", "client_id", "name", "slug", "status"];
  const agent = {
    type: "object",
    required: agentFields,
    properties: Object.fromEntries(agentFields.map((name) => [name, { type: "string" }])),
  };
  const resources: Record<string, object> = { message: ref("Message"), conversation: ref("Conversation"), agent };
  const header = (name: string, description: string) => ({
    name,
    in: "header",
    required: true,
    description,
    schema: { type: "string" },
  });
  const operation = (event: string) => {
    const kind = event.split(".")[0]!;
    const data = event === WEBHOOK_TEST_EVENT ? {} : { [kind]: resources[kind] };
    const schema = {
      type: "object",
      required: ["type", "timestamp", "data"],
      properties: {
        type: { const: event },
        timestamp: { type: "string", format: "date-time", description: "When it happened." },
        data: { type: "object", required: Object.keys(data), properties: data },
      },
    };
    return {
      post: {
        operationId: event.replace(/[._](\w)/g, (_, letter: string) => letter.toUpperCase()),
        summary: WEBHOOK_WORDS[event as keyof typeof WEBHOOK_WORDS],
        tags: ["webhooks"],
        security: [],
        parameters: [
          header("webhook-id", "The same at every attempt: a receiver that has seen it does nothing."),
          header("webhook-timestamp", "Unix seconds of this attempt."),
          header(
            "webhook-signature",
            "`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64; several, separated by spaces, after the secret has changed.",
          ),
        ],
        requestBody: { required: true, content: { "application/json": { schema } } },
        responses: {
          "2XX": { description: "Taken." },
          "410": { description: "Gone for good: the webhook is switched off." },
        },
      },
    };
  };
  return Object.fromEntries(Object.keys(WEBHOOK_WORDS).map((event) => [event, operation(event)]));
}

/** What every operation has and no route says: what can always go wrong, and examples of everything. */
function completeOperation(path: string, method: string, operation: ApiOperation): void {
  operation.security ??= [];
  const responses = (operation.responses ??= {});
  const failure = () => ({
    description: FAILURE,
    content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
  });
  if (operation.security.some((entry) => (entry["apiKey"] ?? []).length > 0)) responses["403"] ??= failure();
  if (operation.tags?.[0] !== "system" && !path.startsWith("/auth/v1/")) responses["500"] ??= failure();

  if (method === "post" && operation.security.some((entry) => "bearer" in entry) && !path.startsWith("/auth/v1/")) {
    responses["409"] ??= failure();
    (operation.parameters ??= []).push(IDEMPOTENCY_KEY);
  }

  const { body, answer } = OPERATION_EXAMPLES[operation.operationId!] ?? {};
  for (const parameter of operation.parameters ?? []) {
    const value = parameter.in === "path" ? parameterExample(path, parameter.name) : undefined;
    if (value !== undefined) parameter.example = value;
  }
  for (const content of Object.values(operation.requestBody?.content ?? {})) if (body !== undefined) content.example = body;
  for (const [status, { content = {} }] of Object.entries(responses)) {
    const example = Number(status) < 400 ? answer : errorExample(path, Number(status));
    for (const media of Object.values(content)) if (example !== undefined) media.example = example;
  }
}

/** Takes each schema that carries an `id` out to its own place and leaves a reference. */
function nameSchemas(root: unknown): { paths: unknown; schemas: Record<string, unknown> } {
  const found = new Map<string, unknown>();
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    const copy = Object.fromEntries(Object.entries(value).map(([key, child]) => [key, walk(child)]));
    const { id, ...schema } = copy;
    if (typeof id !== "string" || !(id in COMPONENTS) || !("properties" in schema)) return copy;
    const ref = { $ref: `#/components/schemas/${id}` };
    const isNullable = Array.isArray(schema["type"]);
    found.set(id, isNullable ? { ...schema, type: "object" } : schema);
    // The name stands for the object; that there may be none is a matter of the place.
    return isNullable ? { anyOf: [ref, { type: "null" }] } : ref;
  };
  const paths = walk(root);
  const names = Object.keys(COMPONENTS).filter((name) => found.has(name));
  return { paths, schemas: Object.fromEntries(names.map((name) => [name, found.get(name)])) };
}

/** `GET /openapi.json` and `GET /docs`, about all routes of `app`. */
export function openApiRoutes(app: Router): Router {
  const router = createRouter();
  // Made at the first request, when every route is mounted.
  let document: ApiDocument | null = null;
  let page: string | null = null;
  const read = () => (document ??= openApiDocument(app));
  const styleHash = createHash("sha256").update(DOCS_STYLE).digest("base64");

  router.get("/openapi.json", (c) => c.json(read(), 200, { "Cache-Control": "public, max-age=300" }));
  router.get("/docs", (c) =>
    c.html((page ??= renderDocs(read())), 200, {
      "Cache-Control": "public, max-age=300",
      "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'`,
    }),
  );
  return router;
}
