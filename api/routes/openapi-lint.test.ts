import { readFileSync } from "node:fs";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect, test } from "vitest";

const source = readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8");

test("the document lints without an error or a warning, its examples against their schemas included", async () => {
  const config = await createConfig({
    extends: ["recommended-strict"],
    rules: {
      // `/agents/wizard/{id}` beside `/agents/{id}/publish`: no agent's id is "wizard".
      "no-ambiguous-paths": "off",
      // What takes nothing refuses nothing; the test below asks for the others.
      "operation-4xx-response": "off",
      "no-invalid-parameter-examples": "error",
      "no-invalid-schema-examples": "error",
      "operation-operationId": "error",
      "operation-tag-defined": "error",
      "tag-description": "error",
    },
  });
  const problems = await lintFromString({ source, absoluteRef: "openapi.json", config });
  expect(problems.map(({ ruleId, message, location }) => `${ruleId} at ${location[0]?.pointer}: ${message}`)).toEqual([]);
});

test("every operation that takes something names its refusals, each with an example", () => {
  const paths: Record<string, Record<string, any>> = JSON.parse(source).paths;
  const operations = Object.values(paths).flatMap((item) => Object.values(item));
  for (const { operationId, security, parameters, requestBody, responses } of operations) {
    const refusals = Object.entries<any>(responses).filter(([status]) => Number(status) >= 400);
    const wanted = [
      ...(security.length > 0 && Object.keys(security[0]).length > 0 ? ["401"] : []),
      ...(security.some((entry: object) => "apiKey" in entry) && operationId !== "readMe" ? ["403"] : []),
      ...(requestBody ? ["400"] : []),
      ...((parameters ?? []).some((parameter: { in: string }) => parameter.in === "path") ? ["4"] : []),
    ];
    for (const status of wanted)
      expect(
        refusals.map(([name]) => name).some((name) => name.startsWith(status)),
        `${operationId} ${status}`,
      ).toBe(true);
    for (const [status, { content }] of refusals)
      for (const media of Object.values<any>(content)) expect(media.example, `${operationId} ${status}`).toBeDefined();
  }
});

test("every list has pages", () => {
  const document = JSON.parse(source);
  const lists = Object.values<Record<string, any>>(document.paths)
    .flatMap((item) => Object.values(item))
    .filter(({ responses }) => responses["200"]?.content?.["application/json"]?.schema?.properties?.next_cursor);
  expect(lists.length).toBeGreaterThan(10);
  const unpaged = lists.filter(({ parameters = [] }) => {
    const names = parameters.map((parameter: { name: string }) => parameter.name);
    return !names.includes("cursor") || !names.includes("limit");
  });
  expect(unpaged.map(({ operationId }) => operationId)).toEqual([]);
});
