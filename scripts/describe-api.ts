import type { ApiDocument } from "../api/routes/docs-page.ts";

/** The part of JSON Schema that the document uses. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
}
type Content = Record<string, { schema?: Schema }>;
interface Operation {
  security?: Record<string, unknown>[];
  parameters?: { in: string; name: string; required?: boolean; schema: Schema }[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, { content?: Content }>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, { post: Operation }>;
  components: { schemas: Record<string, Schema> };
}

export const API_ROUTES = new URL("../client/api-routes.ts", import.meta.url);

const HEAD = `/** What the HTTP API takes and answers, written by \`npm run generate\` from docs/openapi.json. */
`;

/** client/api-routes.ts: the types of everything that a person of the panel or an API key may call, and of what webhooks send. */
export function describeApi(document: ApiDocument | object): string {
  const { paths, webhooks, components } = document as unknown as Document;
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { security = [] }]) => !path.startsWith("/auth/") && security.some((way) => "bearer" in way))
      .map(([method, operation]) => `  "${method.toUpperCase()} ${path}": ${describeOperation(operation)};\n`),
  );
  const events = Object.values(webhooks).map(({ post }) => `\n  | ${typeOf(jsonOf(post.requestBody!.content)!)}`);
  const body = `export interface ApiRoutes {\n${routes.join("")}}\n\n/** What a webhook sends, once its signature is verified. */\nexport type WebhookPayload =${events.join("")};\n`;
  const used = reachable(body, components.schemas);
  const named = Object.entries(components.schemas).filter(([name]) => used.has(name));
  return `${HEAD}${named.map(describeSchema).join("")}\n${body}`;
}

function describeOperation({ parameters = [], requestBody, responses }: Operation): string {
  const of = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const fields = (place: string) =>
    of(place).map(({ name, required, schema }) => `${keyOf(name)}${required ? "" : "?"}: ${typeOf(schema)}`);
  const body = requestBody && jsonOf(requestBody.content);
  const input = [
    ...(of("path").length > 0 ? [`params: { ${fields("path").join("; ")} }`] : []),
    ...(of("query").length > 0 ? [`query?: { ${fields("query").join("; ")} }`] : []),
    ...(body ? [`body${requestBody.required ? "" : "?"}: ${typeOf(body)}`] : []),
    ...(of("header").some(({ name }) => name === "Idempotency-Key") ? ["idempotencyKey?: string"] : []),
  ];
  const answers = Object.entries(responses)
    .filter(([status]) => status.startsWith("2"))
    .map(([status, { content }]) => (status === "204" ? "void" : answerOf(content)));
  return `{ input: { ${input.join("; ")} }; answer: ${[...new Set(answers)].join(" | ")} }`;
}

/** `unknown`: text or JSON, by what was asked for. */
function answerOf(content: Content | undefined): string {
  const [type] = Object.keys(content ?? {});
  if (type === undefined) return "unknown";
  const schema = jsonOf(content!);
  if (schema) return typeOf(schema);
  return type.startsWith("text/") || type.endsWith("+xml") ? "string" : "Blob";
}

const jsonOf = (content: Content): Schema | undefined => content["application/json"]?.schema;
const keyOf = (name: string) => (/^[a-z_$][\w$]*$/i.test(name) ? name : JSON.stringify(name));

const PLAIN: Readonly<Record<string, string>> = {
  string: "string",
  integer: "number",
  number: "number",
  boolean: "boolean",
  null: "null",
};

function typeOf(schema: Schema): string {
  if (schema.$ref) return schema.$ref.split("/").at(-1)!;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map(typeOf))].join(" | ");
  const types = [schema.type ?? []].flat();
  if (types.length === 0) return "unknown";
  return types.map((type) => PLAIN[type] ?? (type === "array" ? arrayOf(schema.items ?? {}) : objectOf(schema))).join(" | ");
}

function arrayOf(items: Schema): string {
  const type = typeOf(items);
  return /^\w+$/.test(type) ? `${type}[]` : `(${type})[]`;
}

const fieldsOf = ({ properties = {}, required = [] }: Schema): string[] =>
  Object.entries(properties).map(([name, schema]) => `${keyOf(name)}${required.includes(name) ? "" : "?"}: ${typeOf(schema)}`);

function objectOf(schema: Schema): string {
  const { additionalProperties: others } = schema;
  const fields = fieldsOf(schema).join("; ");
  if (fields === "") return `{ [name: string]: ${typeof others === "object" ? typeOf(others) : "unknown"} }`;
  // Beside named fields, which need not be of the others' type.
  return typeof others === "object" || others === true ? `{ ${fields} } & { [name: string]: unknown }` : `{ ${fields} }`;
}

function describeSchema([name, schema]: readonly [string, Schema]): string {
  if (schema.properties && !schema.additionalProperties)
    return `export interface ${name} {\n${fieldsOf(schema)
      .map((field) => `  ${field};\n`)
      .join("")}}\n`;
  return `export type ${name} = ${typeOf(schema)};\n`;
}

/** Names of the schemas that `text` mentions, and those that these mention. */
function reachable(text: string, schemas: Record<string, Schema>, seen = new Set<string>()): Set<string> {
  for (const [name, schema] of Object.entries(schemas)) {
    if (seen.has(name) || !new RegExp(`\\b${name}\\b`).test(text)) continue;
    seen.add(name);
    reachable(typeOf(schema), schemas, seen);
  }
  return seen;
}
