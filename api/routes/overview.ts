import { createRoute } from "@hono/zod-openapi";
import { overviewQuery } from "../../protocol/requests.ts";
import { overviewSchema } from "../../protocol/resources.ts";
import type { Deps } from "../deps.ts";
import { getOverview } from "../services/overview/get-overview.ts";
import { jsonAnswer } from "./json.ts";
import { contextOf, createRouter, errorResponses, forCallers, type Router } from "./router.ts";

/** `/overview`: what happened in a company's conversations. */
export function overviewRoutes(deps: Deps): Router {
  const router = createRouter();
  router.openapi(
    createRoute({
      operationId: "getOverview",
      tags: ["conversations"],
      ...forCallers(deps, "read"),
      summary: "Figures of a period, beside those of the one before",
      method: "get",
      path: "/overview",
      request: { query: overviewQuery },
      responses: { 200: jsonAnswer("The figures.", overviewSchema), ...errorResponses(400, 401) },
    }),
    async (c) => c.json(await getOverview(contextOf(c, deps), c.req.valid("query")), 200),
  );
  return router;
}
