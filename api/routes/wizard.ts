import { createRoute, z } from "@hono/zod-openapi";
import { sandboxBody, wizardStartBody, wizardStepBodies } from "../../protocol/requests.ts";
import { agentSchema, publishResultSchema, routingTraceSchema, wizardStateSchema } from "../../protocol/resources.ts";
import type { Deps } from "../deps.ts";
import { sandboxReply } from "../orchestrator/sandbox.ts";
import { findAgentTeam } from "../services/agents/find-agent-team.ts";
import { publishAgent } from "../services/agents/publish-agent.ts";
import { getWizard } from "../services/wizard/get-wizard.ts";
import { saveWizardStep } from "../services/wizard/save-step.ts";
import { startWizard } from "../services/wizard/start-wizard.ts";
import { idParam, jsonAnswer, jsonBody } from "./json.ts";
import { contextOf, createRouter, errorResponses, forCallers, type Router } from "./router.ts";

const id = z.uuid();
function schemaOfBody(body: z.ZodType): { type: "object" } {
  const { $schema: _, ...schema } = z.toJSONSchema(body, { io: "input" });
  return schema as { type: "object" };
}

// Which of the four bodies applies depends on the path, so the verb checks it; the document lists all four.
const anyStepBody = z
  .record(z.string(), z.unknown())
  .openapi({ type: "object", anyOf: Object.values(wizardStepBodies).map(schemaOfBody) })
  .describe(
    "The body of the step. 1: name, template_type, niche, description. 2: personality, tone, language, greeting, system_prompt. 3: fields, starters. 4: integrations, model, channel.",
  );

/** `/agents/wizard`: from nothing to a published agent. */
export function wizardRoutes(deps: Deps): Router {
  const router = createRouter();
  const reads = { tags: ["wizard"], ...forCallers(deps, "read") };
  const writes = { tags: ["wizard"], ...forCallers(deps, "agents:write") };

  router.openapi(
    createRoute({
      ...writes,
      operationId: "startWizard",
      summary: "Begin a draft",
      method: "post",
      path: "/agents/wizard/start",
      request: { body: jsonBody(wizardStartBody) },
      responses: {
        201: jsonAnswer("The draft; wizard_id is the agent's id.", z.object({ wizard_id: id, agent: agentSchema })),
        ...errorResponses(400, 401, 403, 413),
      },
    }),
    async (c) => c.json(await startWizard(contextOf(c, deps), c.req.valid("json")), 201),
  );
  router.openapi(
    createRoute({
      ...reads,
      operationId: "getWizard",
      summary: "Which steps are done",
      method: "get",
      path: "/agents/wizard/{id}",
      request: { params: idParam },
      responses: { 200: jsonAnswer("Where the walk stands.", wizardStateSchema), ...errorResponses(401, 404) },
    }),
    async (c) => c.json(await getWizard(contextOf(c, deps), c.req.valid("param")), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "saveWizardStep",
      summary: "Save step 1, 2, 3 or 4, in any order",
      method: "put",
      path: "/agents/wizard/{id}/step/{n}",
      request: { params: z.object({ id: z.string(), n: z.string() }), body: jsonBody(anyStepBody) },
      responses: {
        200: jsonAnswer("The agent after the step.", z.object({ wizard_id: id, step: z.number().int(), agent: agentSchema })),
        ...errorResponses(400, 401, 404, 413),
      },
    }),
    async (c) => {
      const params = c.req.valid("param");
      const body = c.req.valid("json");
      return c.json(await saveWizardStep(contextOf(c, deps), { id: params.id, step: params.n, body }), 200);
    },
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "tryInSandbox",
      summary: "Try the agent, draft or not; nothing is stored",
      method: "post",
      path: "/agents/wizard/{id}/sandbox",
      request: { params: idParam, body: jsonBody(sandboxBody) },
      responses: {
        200: jsonAnswer("The whole reply and why.", z.object({ reply: z.string(), trace: routingTraceSchema })),
        ...errorResponses(400, 401, 404, 413, 429, 502),
      },
    }),
    async (c) => {
      const body = c.req.valid("json");
      const team = await findAgentTeam(contextOf(c, deps), c.req.valid("param"));
      return c.json(await sandboxReply(deps, { ...team, ...body }), 200);
    },
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "publishWizard",
      summary: "Publish; steps 1 and 2 are required",
      method: "post",
      path: "/agents/wizard/{id}/publish",
      request: { params: idParam },
      responses: { 200: jsonAnswer("Everything to share it.", publishResultSchema), ...errorResponses(401, 404, 409) },
    }),
    async (c) => c.json(await publishAgent(contextOf(c, deps), c.req.valid("param")), 200),
  );
  return router;
}
