import { randomUUID } from "node:crypto";
import { HTTPException } from "hono/http-exception";
import { LIMITS } from "../protocol/codes.ts";
import { sqlState } from "./db/database.ts";
import type { Deps } from "./deps.ts";
import { AppError, toHttpError } from "./errors.ts";
import { loggable } from "./lib/loggable.ts";
import { readTraceParent, toTraceId } from "./lib/trace-context.ts";
import { adminPanelRoutes } from "./routes/admin-panel.ts";
import { agentRoutes } from "./routes/agents.ts";
import { apiKeyRoutes } from "./routes/api-keys.ts";
import { pictureRoutes } from "./routes/pictures.ts";
import { assetRoutes } from "./routes/assets.ts";
import { auditLogRoutes } from "./routes/audit-log.ts";
import { authRoutes } from "./routes/auth.ts";
import { clientRoutes } from "./routes/clients.ts";
import { limitBody } from "./routes/body-limit.ts";
import { cannedReplyRoutes } from "./routes/canned-replies.ts";
import { conversationRoutes } from "./routes/conversations.ts";
import { fallbackRoutes } from "./routes/fallback.ts";
import { healthRoutes } from "./routes/health.ts";
import { meRoutes } from "./routes/me.ts";
import { httpMetrics, openCors, routePattern, securityHeaders } from "./routes/middleware.ts";
import { openApiRoutes } from "./routes/openapi.ts";
import { noteRoutes } from "./routes/notes.ts";
import { overviewRoutes } from "./routes/overview.ts";
import { publicPageRoutes } from "./routes/public-page.ts";
import { publicRoutes } from "./routes/public.ts";
import { qrRoutes } from "./routes/qr.ts";
import { createRouter, type Router } from "./routes/router.ts";
import { subAgentRoutes } from "./routes/sub-agents.ts";
import { userRoutes } from "./routes/users.ts";
import { visitorRoutes } from "./routes/visitors.ts";
import { webhookRoutes } from "./routes/webhooks.ts";
import { wizardRoutes } from "./routes/wizard.ts";

/** Middleware, routes and the one place where errors become answers. */
export function createApp(deps: Deps): Router {
  const app = createRouter();

  app.use(async function requestLog(c, next) {
    const requestId = randomUUID();
    c.set("request_id", requestId);
    c.header("X-Request-Id", requestId);
    const startedAt = performance.now();
    const parent = readTraceParent(c.req.header("traceparent"));
    const traceId = parent?.traceId ?? toTraceId(requestId);
    const { method, path } = c.req;
    const span = deps.tracing?.request({ traceId, parent, method, path });
    await next();
    span?.end({ status: c.res.status, route: routePattern(c) });
    // The path alone: query strings carry tokens.
    deps.log.info(
      {
        request_id: requestId,
        trace_id: traceId,
        method,
        path,
        status: c.res.status,
        ms: Math.round(performance.now() - startedAt),
      },
      "request",
    );
  });

  app.use(httpMetrics(deps.metrics), securityHeaders(deps), openCors());

  app.use(limitBody((path) => (/^\/(public|auth)\//.test(path) ? LIMITS.publicBodyBytesMax : LIMITS.adminBodyBytesMax)));

  app.route("/", authRoutes(deps));
  app.route("/", meRoutes(deps));
  app.route("/", clientRoutes(deps));
  app.route("/", userRoutes(deps));
  app.route("/", apiKeyRoutes(deps));
  // Before agentRoutes: "wizard" would be an agent's id there.
  app.route("/", wizardRoutes(deps));
  app.route("/", agentRoutes(deps));
  app.route("/", subAgentRoutes(deps));
  app.route("/", qrRoutes(deps));
  app.route("/", publicRoutes(deps));
  app.route("/", publicPageRoutes(deps));
  app.route("/", assetRoutes());
  app.route("/", pictureRoutes(deps));
  app.route("/", fallbackRoutes(deps));
  app.route("/", conversationRoutes(deps));
  app.route("/", noteRoutes(deps));
  app.route("/", visitorRoutes(deps));
  app.route("/", cannedReplyRoutes(deps));
  app.route("/", overviewRoutes(deps));
  app.route("/", webhookRoutes(deps));
  app.route("/", auditLogRoutes(deps));
  app.route("/", healthRoutes(deps));
  app.route("/", openApiRoutes(app));
  app.route("/", adminPanelRoutes(deps));

  app.notFound((c) => {
    const { status, body } = toHttpError(new AppError("NOT_FOUND", "There is nothing at this address."), c.get("request_id"));
    return c.json(body, status as 404);
  });
  app.onError((err, c) => {
    const requestId = c.get("request_id");
    const known = toKnownError(err);
    if (!(known instanceof AppError)) deps.log.error({ request_id: requestId, err: loggable(err) }, "request failed");
    const { status, body, headers } = toHttpError(known, requestId);
    return c.json(body, status as 500, headers);
  });
  return app;
}

function toKnownError(err: Error): Error {
  if (err instanceof HTTPException && err.status < 500)
    return new AppError("VALIDATION_ERROR", "The body is not valid JSON.", { issues: [] });
  // Class 22 of PostgreSQL's codes is "data exception": a value no column takes, which no schema has caught.
  if (sqlState(err)?.startsWith("22"))
    return new AppError("VALIDATION_ERROR", "The request holds a value that cannot be stored.", { issues: [] });
  return err;
}
