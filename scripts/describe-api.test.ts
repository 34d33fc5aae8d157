import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { API_ROUTES, describeApi } from "./describe-api.ts";

const document = JSON.parse(readFileSync(new URL("../docs/openapi.json", import.meta.url), "utf8"));

test("client/api-routes.ts is what docs/openapi.json says; `npm run generate` renews it", () => {
  expect(readFileSync(API_ROUTES, "utf8")).toBe(describeApi(document));
});

test("types of what the document can say", () => {
  const schema = {
    type: "object",
    required: ["kind", "a-b"],
    properties: {
      kind: { const: "x" },
      "a-b": { anyOf: [{ $ref: "#/components/schemas/Used" }, { type: "null" }] },
      list: { type: ["array", "null"], items: { type: ["string", "null"] } },
      map: { type: "object", additionalProperties: { type: "integer" } },
      loose: { type: "object", properties: { one: { enum: ["a", null] } }, additionalProperties: {} },
      any: {},
    },
  };
  const answer = { content: { "application/json": { schema } } };
  const described = describeApi({
    components: { schemas: { Used: { $ref: "#/components/schemas/Inner" }, Inner: { type: "boolean" }, Unused: {} } },
    webhooks: {},
    paths: {
      "/a/{id}": {
        get: {
          security: [{ bearer: [] }],
          parameters: [
            { in: "path", name: "id", required: true, schema: { type: "string" } },
            { in: "query", name: "limit", schema: { type: "integer" } },
          ],
          responses: { 200: answer, 404: {} },
        },
        delete: { security: [{ bearer: [] }], responses: { 204: {} } },
      },
      "/picture": { get: { security: [{ bearer: [] }], responses: { 200: { content: { "image/png": {} } } } } },
      "/auth/v1/user": { get: { security: [{ bearer: [] }], responses: { 204: {} } } },
      "/open": { get: { responses: { 204: {} } } },
    },
  });
  expect(described).toContain("export type Used = Inner;\nexport type Inner = boolean;\n\n");
  expect(described).not.toMatch(/Unused|auth|open"/);
  const fields =
    'kind: "x"; "a-b": Used | null; list?: (string | null)[] | null; map?: { [name: string]: number }; loose?: { one?: "a" | null } & { [name: string]: unknown }; any?: unknown';
  expect(described).toContain(
    `  "GET /a/{id}": { input: { params: { id: string }; query?: { limit?: number } }; answer: { ${fields} } };\n`,
  );
  expect(described).toContain('  "DELETE /a/{id}": { input: {  }; answer: void };\n');
  expect(described).toContain('  "GET /picture": { input: {  }; answer: Blob };\n');
});
