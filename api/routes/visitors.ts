import { createRoute } from "@hono/zod-openapi";
import type { Deps } from "../deps.ts";
import { isUuid } from "../lib/ids.ts";
import { eraseVisitor, visitorNotFound } from "../services/visitors/erase-visitor.ts";
import { BEARER, idParam } from "./json.ts";
import { contextOf, createRouter, errorResponses, requireUser, type Router } from "./router.ts";

/** `/visitors`: what can be done with a visitor as a whole. */
export function visitorRoutes(deps: Deps): Router {
  const router = createRouter();
  const common = { tags: ["conversations"], security: BEARER, middleware: [requireUser(deps)] };

  router.openapi(
    createRoute({
      ...common,
      operationId: "eraseVisitor",
      summary: "Delete a visitor with all of their conversations, for ever",
      method: "delete",
      path: "/visitors/{id}",
      request: { params: idParam },
      responses: { 204: { description: "Erased." }, ...errorResponses(401, 404) },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      if (!isUuid(id)) throw visitorNotFound();
      await eraseVisitor(contextOf(c, deps), { visitor_id: id.toLowerCase() });
      return c.body(null, 204);
    },
  );
  return router;
}
