import { createRoute } from "@hono/zod-openapi";
import type { Deps } from "../deps.ts";
import { isUuid } from "../lib/ids.ts";
import { eraseVisitor } from "../services/visitors/erase-visitor.ts";
import { exportVisitor } from "../services/visitors/export-visitor.ts";
import { visitorNotFound } from "../services/visitors/visitor-not-found.ts";
import { idParam, jsonFile } from "./json.ts";
import { contextOf, createRouter, errorResponses, forCallers, type Router } from "./router.ts";

/** `/visitors`: what can be done with a visitor as a whole. */
export function visitorRoutes(deps: Deps): Router {
  const router = createRouter();
  const writes = { tags: ["conversations"], ...forCallers(deps, "conversations:write") };

  router.openapi(
    createRoute({
      ...writes,
      operationId: "eraseVisitor",
      summary: "Delete a visitor with all of their conversations, for ever",
      method: "delete",
      path: "/visitors/{id}",
      request: { params: idParam },
      responses: { 204: { description: "Erased." }, ...errorResponses(401, 404) },
    }),
    async (c) => {
      await eraseVisitor(contextOf(c, deps), visitorOf(c.req.valid("param")));
      return c.body(null, 204);
    },
  );
  router.openapi(
    createRoute({
      tags: ["conversations"],
      ...forCallers(deps, "read"),
      operationId: "exportVisitor",
      summary: "All that is kept of a visitor, with messages, traces and notes, as a JSON file",
      method: "get",
      path: "/visitors/{id}/export",
      request: { params: idParam },
      responses: { 200: { description: "The file." }, ...errorResponses(401, 404) },
    }),
    async (c) => {
      const place = visitorOf(c.req.valid("param"));
      const whole = await exportVisitor(contextOf(c, deps), place);
      return c.body(JSON.stringify(whole, null, 2), 200, jsonFile(`visitor-${place.visitor_id}.json`));
    },
  );
  return router;
}

/** A malformed id answers like an unknown one. Throws NOT_FOUND. */
function visitorOf({ id }: { id: string }): { visitor_id: string } {
  if (!isUuid(id)) throw visitorNotFound();
  return { visitor_id: id.toLowerCase() };
}
