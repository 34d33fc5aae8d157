import { createRoute, z } from "@hono/zod-openapi";
import { API_KEY_SCOPES } from "../../protocol/codes.ts";
import { userSchema } from "../../protocol/resources.ts";
import type { Deps } from "../deps.ts";
import { contextOf, createRouter, errorResponses, forAnyCaller, type Router } from "./router.ts";

const meSchema = z.object({
  /** For an API key: the key itself, with its own name and id and an empty e-mail address. */
  user: userSchema.omit({ created_at: true }),
  /** What the API key may do; null: a person, who may do what their role allows. */
  scopes: z.array(z.enum(API_KEY_SCOPES)).nullable(),
});

/** `GET /me`: who the token or key speaks for. */
export function meRoutes(deps: Deps): Router {
  const router = createRouter();
  return router.openapi(
    createRoute({
      operationId: "readMe",
      summary: "Who the token or key speaks for",
      method: "get",
      path: "/me",
      tags: ["sign-in"],
      ...forAnyCaller(deps),
      responses: {
        200: { description: "The signed-in person, or the key.", content: { "application/json": { schema: meSchema } } },
        ...errorResponses(401),
      },
    }),
    (c) => {
      const { user_id, email, role, client_id, name, scopes } = contextOf(c, deps).actor;
      return c.json({ user: { id: user_id, email, role, client_id, name }, scopes: scopes ? [...scopes] : null }, 200);
    },
  ) as Router;
}
