import { createRoute, z } from "@hono/zod-openapi";
import { listQuery, subAgentCreateBody, subAgentUpdateBody } from "../../protocol/requests.ts";
import { pageOf, subAgentSchema } from "../../protocol/resources.ts";
import type { Deps } from "../deps.ts";
import { createSubAgent } from "../services/sub-agents/create-sub-agent.ts";
import { deleteSubAgent } from "../services/sub-agents/delete-sub-agent.ts";
import { getSubAgent } from "../services/sub-agents/get-sub-agent.ts";
import { listSubAgents } from "../services/sub-agents/list-sub-agents.ts";
import { updateSubAgent } from "../services/sub-agents/update-sub-agent.ts";
import { idParam, jsonAnswer, jsonBody } from "./json.ts";
import { contextOf, createRouter, errorResponses, forCallers, type Router } from "./router.ts";

const bothIds = z.object({ id: z.string(), sid: z.string() });

/** `/agents/:id/sub-agents`: the specialists of an agent. */
export function subAgentRoutes(deps: Deps): Router {
  const router = createRouter();
  const reads = { tags: ["sub-agents"], ...forCallers(deps, "read") };
  const writes = { tags: ["sub-agents"], ...forCallers(deps, "agents:write") };

  router.openapi(
    createRoute({
      ...reads,
      operationId: "listSubAgents",
      summary: "Sub-agents of an agent, newest first",
      method: "get",
      path: "/agents/{id}/sub-agents",
      request: { params: idParam, query: listQuery },
      responses: { 200: jsonAnswer("One page of sub-agents.", pageOf(subAgentSchema)), ...errorResponses(400, 401, 404) },
    }),
    async (c) =>
      c.json(await listSubAgents(contextOf(c, deps), { ...c.req.valid("query"), agent_id: c.req.valid("param").id }), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "createSubAgent",
      summary: "Add a sub-agent; an unknown agent is INVALID_AGENT_ID",
      method: "post",
      path: "/agents/{id}/sub-agents",
      request: { params: idParam, body: jsonBody(subAgentCreateBody) },
      responses: { 201: jsonAnswer("The new sub-agent.", subAgentSchema), ...errorResponses(400, 401, 413) },
    }),
    async (c) =>
      c.json(await createSubAgent(contextOf(c, deps), { ...c.req.valid("json"), agent_id: c.req.valid("param").id }), 201),
  );
  router.openapi(
    createRoute({
      ...reads,
      operationId: "getSubAgent",
      summary: "Read a sub-agent",
      method: "get",
      path: "/agents/{id}/sub-agents/{sid}",
      request: { params: bothIds },
      responses: { 200: jsonAnswer("The sub-agent.", subAgentSchema), ...errorResponses(401, 404) },
    }),
    async (c) => {
      const { id, sid } = c.req.valid("param");
      return c.json(await getSubAgent(contextOf(c, deps), { agent_id: id, id: sid }), 200);
    },
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "updateSubAgent",
      summary: "Change what is given",
      method: "patch",
      path: "/agents/{id}/sub-agents/{sid}",
      request: { params: bothIds, body: jsonBody(subAgentUpdateBody) },
      responses: { 200: jsonAnswer("The sub-agent as it is now.", subAgentSchema), ...errorResponses(400, 401, 404, 413) },
    }),
    async (c) => {
      const { id, sid } = c.req.valid("param");
      return c.json(await updateSubAgent(contextOf(c, deps), { ...c.req.valid("json"), agent_id: id, id: sid }), 200);
    },
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "deleteSubAgent",
      summary: "Delete a sub-agent",
      method: "delete",
      path: "/agents/{id}/sub-agents/{sid}",
      request: { params: bothIds },
      responses: { 204: { description: "Deleted." }, ...errorResponses(401, 404) },
    }),
    async (c) => {
      const { id, sid } = c.req.valid("param");
      await deleteSubAgent(contextOf(c, deps), { agent_id: id, id: sid });
      return c.body(null, 204);
    },
  );
  return router;
}
