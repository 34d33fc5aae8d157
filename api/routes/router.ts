import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import { errorBodySchema } from "../../protocol/resources.ts";
import type { Actor, UserActor } from "../db/actor.ts";
import type { Deps } from "../deps.ts";
import { authError, forbidden, validationError } from "../errors.ts";
import { verifyUserToken, verifyVisitorToken } from "../services/auth/tokens.ts";
import type { ServiceContext } from "../services/context.ts";

export interface RouteEnv {
  Variables: { request_id: string; actor: Actor };
}
export type Router = OpenAPIHono<RouteEnv>;

/** A router whose failed validations become VALIDATION_ERROR. */
export function createRouter(): Router {
  return new OpenAPIHono<RouteEnv>({
    defaultHook: (result) => {
      if (!result.success) throw validationError(result.error.issues);
    },
  });
}

export function bearerToken(c: Context): string {
  const match = /^Bearer ([\w.~+/=-]+)$/i.exec(c.req.header("Authorization") ?? "");
  if (!match) throw authError();
  return match[1]!;
}

/** Only signed-in people pass. */
export function requireUser(deps: Deps): MiddlewareHandler<RouteEnv> {
  return async function requireUserMiddleware(c, next) {
    c.set("actor", await verifyUserToken(deps, bearerToken(c)));
    await next();
  };
}

/** Only administrators pass; others get FORBIDDEN. After `requireUser`. */
export const requireAdmin: MiddlewareHandler<RouteEnv> = async function requireAdminMiddleware(c, next) {
  const actor = c.get("actor");
  if (actor.kind !== "user" || actor.role !== "admin") throw forbidden("Only administrators may do this.");
  await next();
};

/** Only visitors with a session token pass, also with one that expired at most `expiredSecondsMax` ago. */
export function requireVisitor(deps: Deps, expiredSecondsMax = 0): MiddlewareHandler<RouteEnv> {
  return async function requireVisitorMiddleware(c, next) {
    c.set("actor", (await verifyVisitorToken(deps, bearerToken(c), expiredSecondsMax)).actor);
    await next();
  };
}

/** The service context of a request; the verb never sees hono. */
export function contextOf<A extends Actor = UserActor>(c: Context<RouteEnv>, deps: Deps): ServiceContext<A> & Deps {
  return { ...deps, actor: c.get("actor") as A };
}

/** The error answers of a route for the OpenAPI document. */
export function errorResponses(...statuses: (400 | 401 | 403 | 404 | 409 | 413 | 429 | 502)[]) {
  const entry = {
    description: "The error in words, with its code.",
    content: { "application/json": { schema: errorBodySchema } },
  };
  return Object.fromEntries(statuses.map((status) => [status, entry])) as { [K in (typeof statuses)[number]]: typeof entry };
}
