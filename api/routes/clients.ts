import { createRoute } from "@hono/zod-openapi";
import { clientBody, listQuery } from "../../protocol/requests.ts";
import { clientSchema, pageOf } from "../../protocol/resources.ts";
import type { Deps } from "../deps.ts";
import { createClient } from "../services/clients/create-client.ts";
import { deleteClient } from "../services/clients/delete-client.ts";
import { getClient } from "../services/clients/get-client.ts";
import { listClients } from "../services/clients/list-clients.ts";
import { updateClient } from "../services/clients/update-client.ts";
import { idParam, jsonAnswer, jsonBody } from "./json.ts";
import { contextOf, createRouter, errorResponses, forCallers, requireAdmin, type Router } from "./router.ts";

/** `/clients`: the companies, for administrators. */
export function clientRoutes(deps: Deps): Router {
  const router = createRouter();
  const reads = { tags: ["clients"], ...forCallers(deps, "read", requireAdmin) };
  const writes = { tags: ["clients"], ...forCallers(deps, "clients:write", requireAdmin) };

  router.openapi(
    createRoute({
      ...reads,
      operationId: "listClients",
      summary: "Companies, newest first",
      method: "get",
      path: "/clients",
      request: { query: listQuery },
      responses: { 200: jsonAnswer("One page of companies.", pageOf(clientSchema)), ...errorResponses(400, 401, 403) },
    }),
    async (c) => c.json(await listClients(contextOf(c, deps), c.req.valid("query")), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "createClient",
      summary: "Create a company",
      method: "post",
      path: "/clients",
      request: { body: jsonBody(clientBody) },
      responses: { 201: jsonAnswer("The new company.", clientSchema), ...errorResponses(400, 401, 403, 413) },
    }),
    async (c) => c.json(await createClient(contextOf(c, deps), c.req.valid("json")), 201),
  );
  router.openapi(
    createRoute({
      ...reads,
      operationId: "getClient",
      summary: "Read a company",
      method: "get",
      path: "/clients/{id}",
      request: { params: idParam },
      responses: { 200: jsonAnswer("The company.", clientSchema), ...errorResponses(401, 403, 404) },
    }),
    async (c) => c.json(await getClient(contextOf(c, deps), c.req.valid("param")), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "updateClient",
      summary: "Rename a company",
      method: "patch",
      path: "/clients/{id}",
      request: { params: idParam, body: jsonBody(clientBody.partial()) },
      responses: { 200: jsonAnswer("The company as it is now.", clientSchema), ...errorResponses(400, 401, 403, 404, 413) },
    }),
    async (c) => c.json(await updateClient(contextOf(c, deps), { ...c.req.valid("json"), ...c.req.valid("param") }), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "deleteClient",
      summary: "Delete a company with its agents and conversations; its people stay, without a company",
      method: "delete",
      path: "/clients/{id}",
      request: { params: idParam },
      responses: { 204: { description: "Deleted." }, ...errorResponses(401, 403, 404) },
    }),
    async (c) => {
      await deleteClient(contextOf(c, deps), c.req.valid("param"));
      return c.body(null, 204);
    },
  );
  return router;
}
