import { createRoute, z } from "@hono/zod-openapi";
import { userSchema } from "../../protocol/resources.ts";
import type { Deps } from "../deps.ts";
import { contextOf, createRouter, errorResponses, requireUser, type Router } from "./router.ts";

const meSchema = z.object({ user: userSchema.omit({ created_at: true }) });

/** `GET /me`: who the token speaks for. */
export function meRoutes(deps: Deps): Router {
  const router = createRouter();
  return router.openapi(
    createRoute({
      operationId: "readMe",
      method: "get",
      path: "/me",
      tags: ["sign-in"],
      security: [{ bearer: [] }],
      middleware: [requireUser(deps)] as const,
      responses: {
        200: { description: "The signed-in person.", content: { "application/json": { schema: meSchema } } },
        ...errorResponses(401),
      },
    }),
    (c) => {
      const { user_id, email, role, client_id, name } = contextOf(c, deps).actor;
      return c.json({ user: { id: user_id, email, role, client_id, name } }, 200);
    },
  ) as Router;
}
