import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { routePath } from "hono/route";
import type { Metrics } from "../lib/metrics.ts";
import type { RouteEnv } from "./router.ts";

/** Pages name their own policy; what names none is data, which loads and frames nothing. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

export function securityHeaders(): MiddlewareHandler<RouteEnv> {
  return async function securityHeadersMiddleware(c, next) {
    await next();
    const { headers } = c.res;
    const setDefault = (name: string, value: string) => {
      if (!headers.has(name)) headers.set(name, value);
    };
    headers.set("X-Content-Type-Options", "nosniff");
    setDefault("Content-Security-Policy", DATA_POLICY);
    setDefault("Referrer-Policy", "strict-origin-when-cross-origin");
    setDefault("X-Permitted-Cross-Domain-Policies", "none");
  };
}

const OPEN_PATHS = /^\/(public|widget|agents|clients|users|api-keys|webhooks|conversations|me|openapi\.json|auth\/config)(\/|$)/;

/** Any page may call the API: it knows no cookies, so nobody is signed in by merely visiting one. */
export function openCors(): MiddlewareHandler<RouteEnv> {
  const handle = cors({ origin: "*", exposeHeaders: ["X-Request-Id", "Retry-After", "Idempotency-Replayed"], maxAge: 86_400 });
  return async function openCorsMiddleware(c, next) {
    return OPEN_PATHS.test(c.req.path) ? handle(c, next) : next();
  };
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

export function httpMetrics(metrics: Metrics): MiddlewareHandler<RouteEnv> {
  return async function httpMetricsMiddleware(c, next) {
    const end = metrics.httpSeconds.startTimer();
    await next();
    // The pattern, never the path: strangers choose paths, and each label value stays in memory.
    const route = routePath(c, -1);
    end({
      method: METHODS.has(c.req.method) ? c.req.method : "other",
      route: route.includes("*") ? "other" : route,
      status: String(c.res.status),
    });
  };
}
