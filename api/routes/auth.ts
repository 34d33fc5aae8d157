import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import { jsonObject, line } from "../../protocol/requests.ts";
import type { Deps } from "../deps.ts";
import { AppError } from "../errors.ts";
import { AuthFailure, overRequestRate } from "../services/auth/auth-failure.ts";
import { authenticate } from "../services/auth/authenticate.ts";
import { readOwnUser } from "../services/auth/read-own-user.ts";
import { refreshSession } from "../services/auth/refresh-session.ts";
import { signIn } from "../services/auth/sign-in.ts";
import { SIGN_OUT_SCOPES, signOut } from "../services/auth/sign-out.ts";
import { authSessionSchema, authUserSchema } from "../services/auth/to-auth-user.ts";
import { updateOwnUser } from "../services/auth/update-own-user.ts";
import { clientAddress } from "./client-address.ts";
import { bearerToken, contextOf, createRouter, type RouteEnv, type Router } from "./router.ts";

const json = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { "application/json": { schema } },
});
/** Supabase Auth's error shape since its API version 2024-01-01; older clients get `{code: status, error_code, msg}`. */
const failureSchema = z.object({ code: z.union([z.string(), z.number()]), message: z.string().optional() }).loose();
const failures = (...statuses: number[]) =>
  Object.fromEntries(statuses.map((status) => [status, json("The error in Supabase Auth's shape.", failureSchema)]));

const tokenBody = z.object({
  email: line(254).optional(),
  password: z.string().max(1024).optional(),
  refresh_token: z.string().max(512).optional(),
});

const ownUserBody = z.object({
  email: line(254).optional(),
  password: z.string().max(256).optional(),
  data: jsonObject.optional(),
});

/** Sign-in in Supabase Auth's shapes, at its paths, so that supabase-js works unchanged; and `GET /auth/config`. */
export function authRoutes(deps: Deps): Router {
  const router = createRouter();
  router.openapi(
    createRoute({
      operationId: "readAuthConfig",
      summary: "Where people sign in",
      method: "get",
      path: "/auth/config",
      tags: ["sign-in"],
      responses: {
        200: json(
          "Where the panel signs in.",
          z.object({ provider: z.enum(["embedded", "supabase"]), url: z.string(), anon_key: z.string() }),
        ),
      },
    }),
    (c) =>
      c.json(
        deps.config.supabase
          ? { provider: "supabase" as const, url: deps.config.supabase.url, anon_key: deps.config.supabase.anonKey }
          : {
              provider: "embedded" as const,
              url: deps.config.port === 0 ? new URL(c.req.url).origin : deps.config.publicUrl,
              anon_key: "anon",
            },
        200,
      ),
  );
  // With Supabase configured its own addresses are the only ones, and ours do not exist.
  if (!deps.config.supabase) router.route("/auth/v1", embeddedAuthRoutes(deps));
  return router;
}

function embeddedAuthRoutes(deps: Deps): OpenAPIHono<RouteEnv> {
  const router = new OpenAPIHono<RouteEnv>({
    defaultHook: (result) => {
      const issue = result.success ? undefined : result.error.issues[0];
      if (issue) throw new AuthFailure(400, "validation_failed", `${issue.path.join(".") || "The request"}: ${issue.message}`);
    },
  });
  // Tokens travel in a header, never in cookies: any page may ask, none is signed in by itself.
  router.use(cors({ origin: "*", exposeHeaders: ["X-Supabase-Api-Version", "Retry-After"], maxAge: 86_400 }));
  router.use(async function noStore(c, next) {
    c.header("Cache-Control", "no-store");
    await next();
  });
  router.onError((err, c) => answerFailure(c, deps, err));

  router.openapi(
    createRoute({
      operationId: "issueToken",
      summary: "Sign in, or go on with a refresh token",
      method: "post",
      path: "/token",
      tags: ["sign-in"],
      request: {
        query: z.object({ grant_type: z.string().max(100).optional() }),
        body: { required: true, content: { "application/json": { schema: tokenBody } } },
      },
      responses: { 200: json("Tokens of this sign-in.", authSessionSchema), ...failures(400, 429) },
    }),
    async (c) => {
      const { email, password, refresh_token: refreshToken } = c.req.valid("json");
      const address = clientAddress(c, deps);
      switch (c.req.valid("query").grant_type) {
        case "password":
          if (!email || !password) throw new AuthFailure(400, "validation_failed", "missing email or password");
          return c.json(await signIn(deps, { email, password, address }), 200);
        case "refresh_token":
          if (!refreshToken) throw new AuthFailure(400, "validation_failed", "refresh_token required");
          return c.json(await refreshSession(deps, { refreshToken, address }), 200);
        default:
          throw new AuthFailure(400, "validation_failed", "unsupported_grant_type");
      }
    },
  );

  const signedIn = {
    tags: ["sign-in"],
    security: [{ bearer: [] }],
    middleware: [
      async function requireSession(c: Context<RouteEnv>, next: () => Promise<void>) {
        c.set("actor", await authenticate(deps, bearerToken(c)));
        await next();
      },
    ],
  };
  router.openapi(
    createRoute({
      ...signedIn,
      operationId: "readOwnUser",
      summary: "Who is signed in",
      method: "get",
      path: "/user",
      responses: { 200: json("The signed-in person.", authUserSchema), ...failures(401, 403) },
    }),
    async (c) => c.json(await readOwnUser(contextOf(c, deps)), 200),
  );
  router.openapi(
    createRoute({
      ...signedIn,
      operationId: "updateOwnUser",
      summary: "Change your own password or data",
      method: "put",
      path: "/user",
      request: { body: { required: true, content: { "application/json": { schema: ownUserBody } } } },
      responses: { 200: json("The changed person.", authUserSchema), ...failures(400, 401, 403, 422) },
    }),
    async (c) => {
      const { email, ...changes } = c.req.valid("json");
      const ctx = contextOf(c, deps);
      if (email !== undefined && email.toLowerCase() !== ctx.actor.email) {
        throw new AuthFailure(422, "validation_failed", "An administrator changes e-mail addresses.");
      }
      return c.json(await updateOwnUser(ctx, changes), 200);
    },
  );
  router.openapi(
    createRoute({
      ...signedIn,
      operationId: "signOut",
      summary: "Sign out",
      method: "post",
      path: "/logout",
      request: { query: z.object({ scope: z.enum(SIGN_OUT_SCOPES).default("global") }) },
      responses: { 204: { description: "Signed out." }, ...failures(400, 401, 403) },
    }),
    async (c) => {
      await signOut(contextOf(c, deps), c.req.valid("query"));
      return c.body(null, 204);
    },
  );

  // What else clients of Supabase Auth ask for. People are invited, so nobody signs up.
  router.post("/signup", () => {
    throw new AuthFailure(422, "signup_disabled", "Signups not allowed for this instance");
  });
  router.get("/.well-known/jwks.json", (c) => c.json({ keys: [] }));
  router.get("/health", (c) => c.json({ name: "Renus sign-in", description: "Speaks Supabase Auth" }));
  router.get("/settings", (c) => c.json({ external: { email: true }, disable_signup: true, mailer_autoconfirm: true }));
  return router;
}

function answerFailure(c: Context<RouteEnv>, deps: Deps, err: Error): Response {
  const failure = toAuthFailure(err);
  if (failure.status === 500) {
    deps.log.error(
      { request_id: c.get("request_id"), err: { name: err.name, message: err.message, stack: err.stack } },
      "sign-in failed",
    );
  }
  if (failure.retryAfterMs !== null) c.header("Retry-After", String(Math.ceil(failure.retryAfterMs / 1000)));
  c.header("X-Sb-Error-Code", failure.errorCode);
  if ((c.req.header("X-Supabase-Api-Version") ?? "") >= "2024-01-01") {
    c.header("X-Supabase-Api-Version", "2024-01-01");
    return c.json({ code: failure.errorCode, message: failure.message }, failure.status);
  }
  return c.json({ code: failure.status, error_code: failure.errorCode, msg: failure.message }, failure.status);
}

function toAuthFailure(err: Error): AuthFailure {
  if (err instanceof AuthFailure) return err;
  if (err instanceof HTTPException && err.status < 500) {
    return new AuthFailure(400, "bad_json", "Could not parse request body as JSON");
  }
  if (err instanceof AppError && err.code === "AUTH_ERROR") {
    return new AuthFailure(401, "no_authorization", "This endpoint requires a valid Bearer token");
  }
  if (err instanceof AppError && err.code === "RATE_LIMITED") return overRequestRate(Number(err.details["retry_after_ms"]));
  return new AuthFailure(500, "unexpected_failure", "Unexpected failure, please check server logs for more information");
}
