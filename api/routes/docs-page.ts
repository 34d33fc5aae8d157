/** The part of an OpenAPI 3.1 document that the page shows. */
export interface ApiDocument {
  info: { title: string; version: string; description?: string };
  tags?: { name: string; description?: string }[];
  paths: Record<string, Record<string, ApiOperation>>;
  components?: { schemas?: Record<string, ApiSchema>; [other: string]: unknown };
  [other: string]: unknown;
}
export interface ApiOperation {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: ApiSchema; example?: unknown }[];
  requestBody?: { content?: ApiContent };
  responses?: Record<string, { description?: string; content?: ApiContent }>;
}
/** By media type. */
type ApiContent = Record<string, { schema?: ApiSchema; example?: unknown }>;
export interface ApiSchema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  items?: ApiSchema;
  properties?: Record<string, ApiSchema>;
  required?: string[];
  additionalProperties?: boolean | ApiSchema;
  allOf?: ApiSchema[];
  anyOf?: ApiSchema[];
  oneOf?: ApiSchema[];
}

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

/** The whole reference as one page without scripts. */
export function renderDocs(document: ApiDocument): string {
  const tags = document.tags ?? [];
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({ path, method, operation: item[method]! })),
  );
  const named = new Set(tags.map((tag) => tag.name));
  const other = operations.filter(({ operation }) => !named.has(operation.tags?.[0] ?? ""));
  const groups = [
    ...tags.map((tag) => ({ ...tag, operations: operations.filter(({ operation }) => operation.tags?.[0] === tag.name) })),
    { name: "other", description: "", operations: other },
  ].filter((group) => group.operations.length > 0);
  const schemas = Object.entries(document.components?.schemas ?? {});

  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(document.info.title)} API</title>
<style>${DOCS_STYLE}</style>
</head>
<body>
<a class="skip" href="#reference">Skip to the reference</a>
<header><h1>${escape(document.info.title)} API</h1><p>${prose(document.info.description)}</p>
<p><a href="/openapi.json">OpenAPI document (JSON)</a></p></header>
<div class="columns">
<nav aria-label="Groups"><ul>${groups
    .map((group) => `<li><a href="#${group.name}">${escape(group.name)}</a> <span>${group.operations.length}</span></li>`)
    .join("")}<li><a href="#schemas">schemas</a> <span>${schemas.length}</span></li></ul></nav>
<main id="reference">
${groups
  .map(
    (group) => `<section aria-labelledby="${group.name}"><h2 id="${group.name}">${escape(group.name)}</h2>
<p>${prose(group.description)}</p>
${group.operations.map(({ path, method, operation }) => renderOperation(path, method, operation)).join("\n")}
</section>`,
  )
  .join("\n")}
<section aria-labelledby="schemas"><h2 id="schemas">schemas</h2>
${schemas.map(([name, schema]) => `<article id="schema-${escape(name)}"><h3>${escape(name)}</h3>${renderSchema(schema)}</article>`).join("\n")}
</section>
</main>
</div>
</body>
</html>
`;
}

function renderOperation(path: string, method: string, operation: ApiOperation): string {
  const parts: string[] = [];
  if (operation.description) parts.push(`<p>${prose(operation.description)}</p>`);
  parts.push(`<p class="who">${who(operation.security)}</p>`);
  const parameters = operation.parameters ?? [];
  if (parameters.length > 0) {
    const rows = parameters.map(({ name, in: where, required, description, schema }) => {
      const about = [where === "path" ? "in the path" : `in the ${where}`, description].filter(Boolean).join(". ");
      return row(name, schema ?? {}, required === true, about);
    });
    parts.push(`<h4>Parameters</h4>${table(rows)}`);
  }
  const body = first(operation.requestBody?.content);
  if (body) parts.push(`<h4>Body</h4>${renderSchema(body)}`);
  const responses = Object.entries(operation.responses ?? {});
  for (const [status, response] of responses.filter(([status]) => Number(status) < 400 || status === "503")) {
    const type = Object.keys(response.content ?? {})[0];
    const schema = type === "application/json" ? first(response.content) : undefined;
    const note = type && !schema ? ` <code>${escape(type)}</code>` : "";
    parts.push(`<h4><span class="status">${escape(status)}</span> ${prose(response.description)}${note}</h4>`);
    if (schema) parts.push(renderSchema(schema));
  }
  const failures = responses.filter(([status]) => Number(status) >= 400 && status !== "503").map(([status]) => status);
  if (failures.length > 0) {
    parts.push(`<h4>Errors <span class="status bad">${failures.join(" ")}</span></h4><p>The reason in words, with its code.</p>`);
  }
  const id = operation.operationId ?? `${method}-${path}`;
  return `<details id="${escape(id)}"><summary><span class="method ${method}">${method.toUpperCase()}</span> <code>${breakable(path)}</code> <span class="what">${escape(operation.summary ?? "")}</span></summary>
<div class="inside">${parts.join("\n")}</div></details>`;
}

function who(security: ApiOperation["security"]): string {
  if (!security || security.length === 0) return "No token needed.";
  const isOptional = security.some((entry) => Object.keys(entry).length === 0);
  const names = security.flatMap((entry) => Object.keys(entry));
  const scope = security.flatMap((entry) => entry["apiKey"] ?? [])[0];
  const key = scope === undefined ? "an API key" : `an API key with <code>${escape(scope)}</code>`;
  const words = names.includes("visitor")
    ? "A visitor's token"
    : `An access token${names.includes("apiKey") ? ` or ${key}` : ""}`;
  return `${words}, as <code>Authorization: Bearer …</code>${isOptional ? ", or none" : ""}.`;
}

function first(content: ApiContent | undefined): ApiSchema | undefined {
  return Object.values(content ?? {})[0]?.schema;
}

function renderSchema(schema: ApiSchema): string {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return `<p>${typeWords(schema)}${schema.description ? `. ${prose(schema.description)}` : ""}</p>`;
  const required = new Set(schema.required ?? []);
  return table(properties.map(([name, property]) => row(name, property, required.has(name), property.description)));
}

function table(rows: string[]): string {
  return `<dl>${rows.join("")}</dl>`;
}
function row(name: string, schema: ApiSchema, isRequired: boolean, about: string | undefined): string {
  const limits = limitWords(schema);
  return `<div><dt><code>${breakable(name)}</code>${isRequired ? "" : " <i>optional</i>"}</dt><dd>${typeWords(schema)}${limits ? `, ${limits}` : ""}${about ? `<br>${prose(about)}` : ""}</dd></div>`;
}

function typeWords(schema: ApiSchema): string {
  if (schema.$ref) {
    const name = escape(schema.$ref.split("/").at(-1) ?? "");
    return `<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.enum) return schema.enum.map((value) => `<code>${escape(String(value))}</code>`).join(" or ");
  if (schema.const !== undefined) return `<code>${escape(JSON.stringify(schema.const))}</code>`;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map(typeWords).join(" or ");
  if (schema.allOf) {
    // A nullable reference comes as two parts: the reference, and "object or null".
    const isNullable = schema.allOf.some((part) => !part.$ref && [part.type].flat().includes("null"));
    const parts = schema.allOf.filter((part) => !isNullable || part.$ref);
    return `${parts.map(typeWords).join(" and ")}${isNullable ? " or null" : ""}`;
  }
  const types = [schema.type ?? "anything"].flat();
  const words = types.map((type) => {
    if (type === "array") return `list of ${schema.items ? typeWords(schema.items) : "anything"}`;
    if (type === "object" && schema.properties) {
      return `{ ${Object.entries(schema.properties)
        .map(([name, property]) => `${escape(name)}: ${typeWords(property)}`)
        .join(", ")} }`;
    }
    return escape(type === "string" && schema.format ? schema.format : type);
  });
  return words.join(" or ");
}

function limitWords(schema: ApiSchema): string {
  const words: string[] = [];
  if (schema.maxLength !== undefined) words.push(`at most ${schema.maxLength} characters`);
  if (schema.maxItems !== undefined) words.push(`at most ${schema.maxItems}`);
  if (schema.minimum !== undefined && schema.maximum !== undefined && schema.maximum < Number.MAX_SAFE_INTEGER)
    words.push(`${schema.minimum} to ${schema.maximum}`);
  if (schema.default !== undefined) words.push(`default ${escape(JSON.stringify(schema.default))}`);
  return words.join(", ");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
/** Words with `code` in backticks. */
function prose(text: string | undefined): string {
  return escape(text ?? "").replace(/`([^`]+)`/g, "<code>$1</code>");
}
/** Long paths break where a narrow screen needs it. */
function breakable(text: string): string {
  return escape(text).replace(/([/_.])/g, "<wbr>$1");
}

export const DOCS_STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --dim: #5b6675; --line: #dde3ea; --paper: #fff; --soft: #f5f7fa; --link: #1d4ed8; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --dim: #9aa7b7; --line: #2c3644; --paper: #11161d; --soft: #1a212b; --link: #8ab4ff; --bad: #ff9c8f; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 16px; }
body { margin: 0; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; color: var(--ink); background: var(--paper); }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: var(--paper); padding: 8px; }
header, .columns { max-width: 1080px; margin: 0 auto; padding: 0 16px; }
header { padding-top: 32px; }
header p { max-width: 72ch; color: var(--dim); }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 8px; }
h2 { font-size: 20px; margin: 40px 0 4px; text-transform: capitalize; }
h2 + p { margin-top: 0; color: var(--dim); }
h3 { font-size: 16px; margin: 24px 0 8px; }
h4 { font-size: 14px; font-weight: 600; margin: 16px 0 4px; }
code { font: 0.9em/1.4 ui-monospace, "Cascadia Mono", Menlo, monospace; overflow-wrap: anywhere; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 16px; padding: 0; }
nav a { display: inline-block; padding: 4px 0; text-transform: capitalize; }
nav span { color: var(--dim); font-size: 13px; }
details { border: 1px solid var(--line); border-radius: 12px; margin: 8px 0; background: var(--paper); }
details[open] { background: var(--soft); }
summary { cursor: pointer; padding: 12px 16px; }
summary code { font-weight: 600; }
.what { color: var(--dim); display: block; padding-left: 20px; }
.method { display: inline-block; min-width: 60px; font: 700 12px/1.6 ui-monospace, Menlo, monospace; text-align: center; border-radius: 6px; padding: 0 6px; border: 1px solid currentColor; }
.method.get { color: #0f6b53; } .method.post { color: #1d4ed8; } .method.put, .method.patch { color: #8a4b00; } .method.delete { color: var(--bad); }
@media (prefers-color-scheme: dark) { .method.get { color: #5fd3b0; } .method.post { color: #8ab4ff; } .method.put, .method.patch { color: #f2b766; } }
.inside { padding: 0 16px 16px; border-top: 1px solid var(--line); }
.who { color: var(--dim); font-size: 14px; }
.status { font: 700 13px ui-monospace, Menlo, monospace; }
.status.bad { color: var(--bad); }
dl { margin: 4px 0; border: 1px solid var(--line); border-radius: 8px; background: var(--paper); }
dl > div { padding: 8px 12px; border-top: 1px solid var(--line); }
dl > div:first-child { border-top: 0; }
dt i { font-size: 13px; color: var(--dim); font-style: normal; margin-left: 4px; }
dd { margin: 0; font-size: 14px; color: var(--dim); overflow-wrap: anywhere; }
@media (min-width: 860px) {
  .columns { display: grid; grid-template-columns: 180px minmax(0, 1fr); gap: 32px; }
  nav ul { position: sticky; top: 16px; flex-direction: column; }
  .what { display: inline; padding-left: 8px; }
  dl > div { display: grid; grid-template-columns: minmax(140px, 240px) minmax(0, 1fr); gap: 16px; }
}
`;
