import { createRoute, z } from "@hono/zod-openapi";
import { listQuery, webhookCreateBody, webhookUpdateBody } from "../../protocol/requests.ts";
import { newWebhookSchema, pageOf, webhookDeliverySchema, webhookSchema } from "../../protocol/resources.ts";
import type { Deps } from "../deps.ts";
import { createWebhook } from "../services/webhooks/create-webhook.ts";
import { deleteWebhook } from "../services/webhooks/delete-webhook.ts";
import { getWebhook } from "../services/webhooks/get-webhook.ts";
import { listDeliveries } from "../services/webhooks/list-deliveries.ts";
import { listWebhooks } from "../services/webhooks/list-webhooks.ts";
import { replayDelivery } from "../services/webhooks/replay-delivery.ts";
import { rotateWebhookSecret } from "../services/webhooks/rotate-webhook-secret.ts";
import { testWebhook } from "../services/webhooks/test-webhook.ts";
import { updateWebhook } from "../services/webhooks/update-webhook.ts";
import { idParam, jsonAnswer, jsonBody } from "./json.ts";
import { contextOf, createRouter, errorResponses, forCallers, type Router } from "./router.ts";

const deliveryPath = z.object({ id: z.string(), delivery_id: z.string() });

/** `/webhooks`: who is told of what happens in a company. */
export function webhookRoutes(deps: Deps): Router {
  const router = createRouter();
  const reads = { tags: ["webhooks"], ...forCallers(deps, "read") };
  const writes = { tags: ["webhooks"], ...forCallers(deps, "webhooks:write") };

  router.openapi(
    createRoute({
      ...reads,
      operationId: "listWebhooks",
      summary: "Webhooks, newest first",
      method: "get",
      path: "/webhooks",
      request: { query: listQuery },
      responses: { 200: jsonAnswer("One page of webhooks.", pageOf(webhookSchema)), ...errorResponses(400, 401) },
    }),
    async (c) => c.json(await listWebhooks(contextOf(c, deps), c.req.valid("query")), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "createWebhook",
      summary: "Tell an address of events; this answer alone holds the secret",
      method: "post",
      path: "/webhooks",
      request: { body: jsonBody(webhookCreateBody) },
      responses: { 201: jsonAnswer("The new webhook.", newWebhookSchema), ...errorResponses(400, 401, 403, 413) },
    }),
    async (c) => {
      const made = await createWebhook(contextOf(c, deps), c.req.valid("json"));
      c.header("Cache-Control", "no-store");
      return c.json(made, 201);
    },
  );
  router.openapi(
    createRoute({
      ...reads,
      operationId: "getWebhook",
      summary: "Read a webhook",
      method: "get",
      path: "/webhooks/{id}",
      request: { params: idParam },
      responses: { 200: jsonAnswer("The webhook.", webhookSchema), ...errorResponses(401, 404) },
    }),
    async (c) => c.json(await getWebhook(contextOf(c, deps), c.req.valid("param")), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "updateWebhook",
      summary: "Change address or events, switch it on or off",
      method: "patch",
      path: "/webhooks/{id}",
      request: { params: idParam, body: jsonBody(webhookUpdateBody) },
      responses: { 200: jsonAnswer("The webhook as it is now.", webhookSchema), ...errorResponses(400, 401, 404, 413) },
    }),
    async (c) => c.json(await updateWebhook(contextOf(c, deps), { ...c.req.valid("json"), ...c.req.valid("param") }), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "deleteWebhook",
      summary: "Delete a webhook with what waits for it",
      method: "delete",
      path: "/webhooks/{id}",
      request: { params: idParam },
      responses: { 204: { description: "Deleted." }, ...errorResponses(401, 404) },
    }),
    async (c) => {
      await deleteWebhook(contextOf(c, deps), c.req.valid("param"));
      return c.body(null, 204);
    },
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "rotateWebhookSecret",
      summary: "A new secret, in this answer alone; the former one signs too for 24 hours",
      method: "post",
      path: "/webhooks/{id}/rotate-secret",
      request: { params: idParam },
      responses: { 200: jsonAnswer("The webhook with its new secret.", newWebhookSchema), ...errorResponses(401, 404) },
    }),
    async (c) => {
      const rotated = await rotateWebhookSecret(contextOf(c, deps), c.req.valid("param"));
      c.header("Cache-Control", "no-store");
      return c.json(rotated, 200);
    },
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "testWebhook",
      summary: "Send an event that says nothing",
      method: "post",
      path: "/webhooks/{id}/test",
      request: { params: idParam },
      responses: {
        201: jsonAnswer("Its delivery, which is under way.", webhookDeliverySchema),
        ...errorResponses(400, 401, 404),
      },
    }),
    async (c) => c.json(await testWebhook(contextOf(c, deps), c.req.valid("param")), 201),
  );
  router.openapi(
    createRoute({
      ...reads,
      operationId: "listDeliveries",
      summary: "What was sent in the last 30 days, newest first",
      method: "get",
      path: "/webhooks/{id}/deliveries",
      request: { params: idParam, query: listQuery },
      responses: { 200: jsonAnswer("One page of deliveries.", pageOf(webhookDeliverySchema)), ...errorResponses(400, 401, 404) },
    }),
    async (c) => c.json(await listDeliveries(contextOf(c, deps), { ...c.req.valid("query"), ...c.req.valid("param") }), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "replayDelivery",
      summary: "Send the same event once more, under the same id",
      method: "post",
      path: "/webhooks/{id}/deliveries/{delivery_id}/replay",
      request: { params: deliveryPath },
      responses: {
        200: jsonAnswer("Its delivery, which is under way.", webhookDeliverySchema),
        ...errorResponses(400, 401, 404),
      },
    }),
    async (c) => c.json(await replayDelivery(contextOf(c, deps), c.req.valid("param")), 200),
  );
  return router;
}
