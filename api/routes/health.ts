import { createRoute, z } from "@hono/zod-openapi";
import { installationId } from "../lib/installation-id.ts";
import type { Deps } from "../deps.ts";
import { jsonAnswer } from "./json.ts";
import { createRouter, type Router } from "./router.ts";

/** For whoever watches the process: `/healthz`, `/readyz`, `/metrics`. */
export function healthRoutes(deps: Deps): Router {
  const router = createRouter();
  const tags = ["system"];
  const readySchema = z.object({ status: z.enum(["ready", "not_ready"]), checks: z.record(z.string(), z.boolean()) });

  const healthSchema = z.object({ status: z.literal("ok"), installation: z.string() });
  const installation = installationId(deps.config.jwtSecret);

  router.openapi(
    createRoute({
      operationId: "readHealth",
      summary: "The process answers, and of which installation it is",
      method: "get",
      path: "/healthz",
      tags,
      responses: { 200: jsonAnswer("It does.", healthSchema) },
    }),
    (c) => c.json({ status: "ok" as const, installation }, 200, { "Cache-Control": "no-store" }),
  );
  router.openapi(
    createRoute({
      operationId: "readReadiness",
      summary: "The database answers and is migrated, the agents are loaded",
      method: "get",
      path: "/readyz",
      tags,
      responses: { 200: jsonAnswer("Ready.", readySchema), 503: jsonAnswer("Not ready yet, or no longer.", readySchema) },
    }),
    async (c) => {
      const { isReady, checks } = await deps.readiness.read();
      c.header("Cache-Control", "no-store");
      if (isReady) return c.json({ status: "ready" as const, checks }, 200);
      return c.json({ status: "not_ready" as const, checks }, 503);
    },
  );
  router.openapi(
    createRoute({
      operationId: "readMetrics",
      summary: "Prometheus metrics",
      method: "get",
      path: "/metrics",
      tags,
      responses: { 200: { description: "Text format.", content: { "text/plain": { schema: z.string() } } } },
    }),
    async (c) => {
      const { body, contentType } = await deps.metrics.read();
      return c.text(body, 200, { "Content-Type": contentType, "Cache-Control": "no-store" });
    },
  );
  return router;
}
