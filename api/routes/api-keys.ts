import { createRoute } from "@hono/zod-openapi";
import { apiKeyCreateBody, listQuery } from "../../protocol/requests.ts";
import { apiKeySchema, newApiKeySchema, pageOf } from "../../protocol/resources.ts";
import type { Deps } from "../deps.ts";
import { createApiKey } from "../services/api-keys/create-api-key.ts";
import { listApiKeys } from "../services/api-keys/list-api-keys.ts";
import { revokeApiKey } from "../services/api-keys/revoke-api-key.ts";
import { idParam, jsonAnswer, jsonBody } from "./json.ts";
import { contextOf, createRouter, errorResponses, forPeople, requireAdmin, type Router } from "./router.ts";

/** `/api-keys`: what programs sign in with; made and revoked by administrators in person. */
export function apiKeyRoutes(deps: Deps): Router {
  const router = createRouter();
  const common = { tags: ["api-keys"], ...forPeople(deps, requireAdmin) };

  router.openapi(
    createRoute({
      ...common,
      operationId: "listApiKeys",
      summary: "API keys, newest first; never the keys themselves",
      method: "get",
      path: "/api-keys",
      request: { query: listQuery },
      responses: { 200: jsonAnswer("One page of keys.", pageOf(apiKeySchema)), ...errorResponses(400, 401, 403) },
    }),
    async (c) => c.json(await listApiKeys(contextOf(c, deps), c.req.valid("query")), 200),
  );
  router.openapi(
    createRoute({
      ...common,
      operationId: "createApiKey",
      summary: "Make an API key; this answer alone holds it",
      method: "post",
      path: "/api-keys",
      request: { body: jsonBody(apiKeyCreateBody) },
      responses: { 201: jsonAnswer("The new key.", newApiKeySchema), ...errorResponses(400, 401, 403, 413) },
    }),
    async (c) => {
      const made = await createApiKey(contextOf(c, deps), c.req.valid("json"));
      c.header("Cache-Control", "no-store");
      return c.json(made, 201);
    },
  );
  router.openapi(
    createRoute({
      ...common,
      operationId: "revokeApiKey",
      summary: "Revoke an API key, at once",
      method: "delete",
      path: "/api-keys/{id}",
      request: { params: idParam },
      responses: { 204: { description: "It opens nothing any more." }, ...errorResponses(401, 403, 404) },
    }),
    async (c) => {
      await revokeApiKey(contextOf(c, deps), c.req.valid("param"));
      return c.body(null, 204);
    },
  );
  return router;
}
