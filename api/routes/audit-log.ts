import { createRoute } from "@hono/zod-openapi";
import { auditLogQuery } from "../../protocol/requests.ts";
import { auditEntrySchema, pageOf } from "../../protocol/resources.ts";
import type { Deps } from "../deps.ts";
import { listChanges } from "../services/audit/list-changes.ts";
import { jsonAnswer } from "./json.ts";
import { contextOf, createRouter, errorResponses, forCallers, requireAdmin, type Router } from "./router.ts";

/** `/audit-log`: who changed what, for administrators. */
export function auditLogRoutes(deps: Deps): Router {
  const router = createRouter();
  const read = forCallers(deps, "read");
  router.openapi(
    createRoute({
      tags: ["audit-log"],
      ...read,
      middleware: [...read.middleware, requireAdmin],
      operationId: "listChanges",
      summary: "Who changed what, newest first: names of fields, never what stood in them",
      method: "get",
      path: "/audit-log",
      request: { query: auditLogQuery },
      responses: { 200: jsonAnswer("One page of entries.", pageOf(auditEntrySchema)), ...errorResponses(400, 401, 403) },
    }),
    async (c) => {
      c.header("Cache-Control", "no-store");
      return c.json(await listChanges(contextOf(c, deps), c.req.valid("query")), 200);
    },
  );
  return router;
}
