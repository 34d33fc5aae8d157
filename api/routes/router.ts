import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import type { ApiKeyScope } from "../../protocol/codes.ts";
import { errorBodySchema } from "../../protocol/resources.ts";
import type { Actor, UserActor } from "../db/actor.ts";
import type { Deps } from "../deps.ts";
import { authError, forbidden, validationError } from "../errors.ts";
import { isApiKey } from "../lib/api-key.ts";
import { verifyApiKey } from "../services/auth/verify-api-key.ts";
import { verifyUserToken, verifyVisitorToken } from "../services/auth/tokens.ts";
import type { ServiceContext } from "../services/context.ts";
import { idempotent } from "./idempotent.ts";
import { BEARER } from "./json.ts";

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

/** Signed-in people pass, and API keys that `mayKey` lets through; other keys get FORBIDDEN. */
function requireUser(deps: Deps, mayKey: (scopes: readonly ApiKeyScope[]) => boolean): MiddlewareHandler<RouteEnv> {
  return async function requireUserMiddleware(c, next) {
    const token = bearerToken(c);
    const actor = isApiKey(token) ? await verifyApiKey(deps, token) : await verifyUserToken(deps, token);
    if (actor.scopes && !mayKey(actor.scopes)) throw forbidden("The scopes of this API key do not allow this.");
    c.set("actor", actor);
    await next();
  };
}

/**
 * Who may call an operation, for its route and for the OpenAPI document alike: people, and keys with `scope`. `checks` come
 * before answers that were given before.
 */
export function forCallers(deps: Deps, scope: ApiKeyScope, ...checks: MiddlewareHandler<RouteEnv>[]) {
  return {
    security: [{ bearer: [] }, { apiKey: [scope] }] as Record<string, string[]>[],
    middleware: [requireUser(deps, (scopes) => scopes.includes(scope)), ...checks, idempotent(deps)],
  };
}
/** People, and every key. */
export function forAnyCaller(deps: Deps) {
  return {
    security: [{ bearer: [] }, { apiKey: [] }] as Record<string, string[]>[],
    middleware: [requireUser(deps, () => true)],
  };
}
/** People alone: what a key may never do. */
export function forPeople(deps: Deps, ...checks: MiddlewareHandler<RouteEnv>[]) {
  return { security: BEARER, middleware: [requireUser(deps, () => false), ...checks, idempotent(deps)] };
}

/** Only administrators pass; others get FORBIDDEN. After the callers were let in. */
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

export const FAILURE = "The error in words, with its code.";

/** The error answers of a route for the OpenAPI document. */
export function errorResponses(...statuses: (400 | 401 | 403 | 404 | 409 | 413 | 429 | 502)[]) {
  const entry = {
    description: FAILURE,
    content: { "application/json": { schema: errorBodySchema } },
  };
  return Object.fromEntries(statuses.map((status) => [status, entry])) as { [K in (typeof statuses)[number]]: typeof entry };
}
