import { createRoute, type z } from "@hono/zod-openapi";
import { cannedReplyCreateBody, cannedReplyUpdateBody, listQuery } from "../../protocol/requests.ts";
import { cannedReplySchema, pageOf } from "../../protocol/resources.ts";
import type { Deps } from "../deps.ts";
import { isUuid } from "../lib/ids.ts";
import { createCannedReply } from "../services/canned-replies/create-canned-reply.ts";
import { deleteCannedReply } from "../services/canned-replies/delete-canned-reply.ts";
import { listCannedReplies } from "../services/canned-replies/list-canned-replies.ts";
import { cannedReplyNotFound, updateCannedReply } from "../services/canned-replies/update-canned-reply.ts";
import { idParam, jsonAnswer, jsonBody } from "./json.ts";
import { contextOf, createRouter, errorResponses, forCallers, type Router } from "./router.ts";

/** `/canned-replies`: what a company answers often. */
export function cannedReplyRoutes(deps: Deps): Router {
  const router = createRouter();
  const reads = { tags: ["canned-replies"], ...forCallers(deps, "read") };
  const writes = { tags: ["canned-replies"], ...forCallers(deps, "conversations:write") };

  router.openapi(
    createRoute({
      ...reads,
      operationId: "listCannedReplies",
      summary: "Canned replies, newest first",
      method: "get",
      path: "/canned-replies",
      request: { query: listQuery },
      responses: { 200: jsonAnswer("One page of canned replies.", pageOf(cannedReplySchema)), ...errorResponses(400, 401) },
    }),
    async (c) => c.json(await listCannedReplies(contextOf(c, deps), c.req.valid("query")), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "createCannedReply",
      summary: "Add a canned reply",
      method: "post",
      path: "/canned-replies",
      request: { body: jsonBody(cannedReplyCreateBody) },
      responses: { 201: jsonAnswer("The new canned reply.", cannedReplySchema), ...errorResponses(400, 401, 403, 413) },
    }),
    async (c) => c.json(await createCannedReply(contextOf(c, deps), c.req.valid("json")), 201),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "updateCannedReply",
      summary: "Change what is given",
      method: "patch",
      path: "/canned-replies/{id}",
      request: { params: idParam, body: jsonBody(cannedReplyUpdateBody) },
      responses: { 200: jsonAnswer("The canned reply as it is now.", cannedReplySchema), ...errorResponses(400, 401, 404, 413) },
    }),
    async (c) =>
      c.json(await updateCannedReply(contextOf(c, deps), { ...c.req.valid("json"), ...replyOf(c.req.valid("param")) }), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "deleteCannedReply",
      summary: "Delete a canned reply",
      method: "delete",
      path: "/canned-replies/{id}",
      request: { params: idParam },
      responses: { 204: { description: "Deleted." }, ...errorResponses(401, 404) },
    }),
    async (c) => {
      await deleteCannedReply(contextOf(c, deps), replyOf(c.req.valid("param")));
      return c.body(null, 204);
    },
  );
  return router;
}

/** A malformed id answers like an unknown one. */
function replyOf({ id }: z.output<typeof idParam>): { id: string } {
  if (!isUuid(id)) throw cannedReplyNotFound();
  return { id: id.toLowerCase() };
}
