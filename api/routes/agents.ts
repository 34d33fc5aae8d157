import { createRoute } from "@hono/zod-openapi";
import {
  agentCreateBody,
  agentDuplicateBody,
  agentListQuery,
  agentPictureBody,
  agentUpdateBody,
  listQuery,
  routeTestBody,
} from "../../protocol/requests.ts";
import {
  agentIdentitySchema,
  agentInstallSchema,
  agentListItemSchema,
  agentSchema,
  agentUsageSchema,
  pageOf,
  publishResultSchema,
  routingExampleSchema,
  routingTraceSchema,
} from "../../protocol/resources.ts";
import type { Deps } from "../deps.ts";
import { testRoute } from "../orchestrator/sandbox.ts";
import { createAgent } from "../services/agents/create-agent.ts";
import { deleteAgent } from "../services/agents/delete-agent.ts";
import { duplicateAgent } from "../services/agents/duplicate-agent.ts";
import { findAgentTeam } from "../services/agents/find-agent-team.ts";
import { getAgent } from "../services/agents/get-agent.ts";
import { getIdentity } from "../services/agents/get-identity.ts";
import { listAgents } from "../services/agents/list-agents.ts";
import { setPicture } from "../services/agents/set-picture.ts";
import { listInstalls } from "../services/agents/list-installs.ts";
import { listRoutingExamples } from "../services/agents/list-routing-examples.ts";
import { publishAgent } from "../services/agents/publish-agent.ts";
import { rotateIdentity } from "../services/agents/rotate-identity.ts";
import { unpublishAgent } from "../services/agents/unpublish-agent.ts";
import { updateAgent } from "../services/agents/update-agent.ts";
import { getUsage } from "../services/limits/get-usage.ts";
import { idParam, jsonAnswer, jsonBody } from "./json.ts";
import { contextOf, createRouter, errorResponses, forCallers, type Router } from "./router.ts";

/** `/agents`: list, create, read, change, delete, publish, unpublish. */
export function agentRoutes(deps: Deps): Router {
  const router = createRouter();
  const reads = { tags: ["agents"], ...forCallers(deps, "read") };
  const writes = { tags: ["agents"], ...forCallers(deps, "agents:write") };

  router.openapi(
    createRoute({
      ...reads,
      operationId: "listAgents",
      summary: "Agents, newest first unless sorted otherwise",
      method: "get",
      path: "/agents",
      request: { query: agentListQuery },
      responses: { 200: jsonAnswer("One page of agents.", pageOf(agentListItemSchema)), ...errorResponses(400, 401) },
    }),
    async (c) => c.json(await listAgents(contextOf(c, deps), c.req.valid("query")), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "createAgent",
      summary: "Create an agent as a draft",
      method: "post",
      path: "/agents",
      request: { body: jsonBody(agentCreateBody) },
      responses: { 201: jsonAnswer("The new agent.", agentSchema), ...errorResponses(400, 401, 403, 409, 413) },
    }),
    async (c) => c.json(await createAgent(contextOf(c, deps), c.req.valid("json")), 201),
  );
  router.openapi(
    createRoute({
      ...reads,
      operationId: "getAgent",
      summary: "Read an agent",
      method: "get",
      path: "/agents/{id}",
      request: { params: idParam },
      responses: { 200: jsonAnswer("The agent.", agentSchema), ...errorResponses(401, 404) },
    }),
    async (c) => c.json(await getAgent(contextOf(c, deps), c.req.valid("param")), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "updateAgent",
      summary: "Change what is given; config is merged",
      method: "patch",
      path: "/agents/{id}",
      request: { params: idParam, body: jsonBody(agentUpdateBody) },
      responses: { 200: jsonAnswer("The agent as it is now.", agentSchema), ...errorResponses(400, 401, 403, 404, 409, 413) },
    }),
    async (c) => c.json(await updateAgent(contextOf(c, deps), { ...c.req.valid("json"), ...c.req.valid("param") }), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "deleteAgent",
      summary: "Delete an agent with its sub-agents and conversations",
      method: "delete",
      path: "/agents/{id}",
      request: { params: idParam },
      responses: { 204: { description: "Deleted." }, ...errorResponses(401, 404) },
    }),
    async (c) => {
      await deleteAgent(contextOf(c, deps), c.req.valid("param"));
      return c.body(null, 204);
    },
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "setPicture",
      summary: "Keep a picture and make it the agent's",
      method: "put",
      path: "/agents/{id}/picture",
      request: { params: idParam, body: jsonBody(agentPictureBody) },
      responses: {
        200: jsonAnswer("The agent with the address of its picture.", agentSchema),
        ...errorResponses(400, 401, 404, 413),
      },
    }),
    async (c) => c.json(await setPicture(contextOf(c, deps), { ...c.req.valid("json"), ...c.req.valid("param") }), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "publishAgent",
      summary: "Make an agent public",
      method: "post",
      path: "/agents/{id}/publish",
      request: { params: idParam },
      responses: { 200: jsonAnswer("Everything to share it.", publishResultSchema), ...errorResponses(401, 404, 409) },
    }),
    async (c) => c.json(await publishAgent(contextOf(c, deps), c.req.valid("param")), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "unpublishAgent",
      summary: "Pause an agent; its page says so",
      method: "post",
      path: "/agents/{id}/unpublish",
      request: { params: idParam },
      responses: { 200: jsonAnswer("The agent, inactive.", agentSchema), ...errorResponses(401, 404) },
    }),
    async (c) => c.json(await unpublishAgent(contextOf(c, deps), c.req.valid("param")), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "duplicateAgent",
      summary: "A draft with the same settings and sub-agents",
      method: "post",
      path: "/agents/{id}/duplicate",
      request: { params: idParam, body: jsonBody(agentDuplicateBody) },
      responses: { 201: jsonAnswer("The copy.", agentSchema), ...errorResponses(400, 401, 403, 404, 413) },
    }),
    async (c) => c.json(await duplicateAgent(contextOf(c, deps), { ...c.req.valid("json"), ...c.req.valid("param") }), 201),
  );
  router.openapi(
    createRoute({
      ...reads,
      operationId: "listInstalls",
      summary: "Websites on which the chat was used, the latest first",
      method: "get",
      path: "/agents/{id}/installs",
      request: { params: idParam, query: listQuery },
      responses: {
        200: jsonAnswer("One page of websites; 50 are remembered.", pageOf(agentInstallSchema)),
        ...errorResponses(400, 401, 404),
      },
    }),
    async (c) => c.json(await listInstalls(contextOf(c, deps), { ...c.req.valid("query"), ...c.req.valid("param") }), 200),
  );
  router.openapi(
    createRoute({
      ...reads,
      operationId: "getUsage",
      summary: "What the agent has used up today, and its limits",
      method: "get",
      path: "/agents/{id}/usage",
      request: { params: idParam },
      responses: { 200: jsonAnswer("Of today in UTC.", agentUsageSchema), ...errorResponses(401, 404) },
    }),
    async (c) => c.json(await getUsage(contextOf(c, deps), c.req.valid("param")), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "getIdentity",
      summary: "The secret with which a site signs who its visitors are",
      method: "get",
      path: "/agents/{id}/identity",
      request: { params: idParam },
      responses: {
        200: jsonAnswer("The secret. It belongs on servers only.", agentIdentitySchema),
        ...errorResponses(401, 404, 409),
      },
    }),
    async (c) => {
      const identity = await getIdentity(contextOf(c, deps), c.req.valid("param"));
      c.header("Cache-Control", "no-store");
      return c.json(identity, 200);
    },
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "rotateIdentity",
      summary: "A new secret; tokens signed with the former one end at once",
      method: "post",
      path: "/agents/{id}/identity/rotate",
      request: { params: idParam },
      responses: { 200: jsonAnswer("The new secret.", agentIdentitySchema), ...errorResponses(401, 404) },
    }),
    async (c) => {
      const identity = await rotateIdentity(contextOf(c, deps), c.req.valid("param"));
      c.header("Cache-Control", "no-store");
      return c.json(identity, 200);
    },
  );
  router.openapi(
    createRoute({
      ...reads,
      operationId: "listRoutingExamples",
      summary: "What people have corrected in the choice of specialists, newest first",
      method: "get",
      path: "/agents/{id}/routing-examples",
      request: { params: idParam, query: listQuery },
      responses: {
        200: jsonAnswer("One page of examples.", pageOf(routingExampleSchema)),
        ...errorResponses(400, 401, 404),
      },
    }),
    async (c) => {
      const input = { ...c.req.valid("query"), agent_id: c.req.valid("param").id };
      return c.json(await listRoutingExamples(contextOf(c, deps), input), 200);
    },
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "testRoute",
      summary: "Which specialist would answer, and why",
      method: "post",
      path: "/agents/{id}/route",
      request: { params: idParam, body: jsonBody(routeTestBody) },
      responses: { 200: jsonAnswer("The decision.", routingTraceSchema), ...errorResponses(400, 401, 404, 413, 429) },
    }),
    async (c) => {
      const body = c.req.valid("json");
      const team = await findAgentTeam(contextOf(c, deps), c.req.valid("param"));
      return c.json(await testRoute(deps, { ...team, ...body }), 200);
    },
  );
  return router;
}
