import type { Context, MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { routePath } from "hono/route";
import type { Deps } from "../deps.ts";
import type { Metrics } from "../lib/metrics.ts";
import type { RouteEnv } from "./router.ts";

/** Pages name their own policy; what names none is data, which loads and frames nothing. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";
/** What no page of ours uses, and no page that frames one can hand on. */
const NO_FEATURES =
  "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()";
/** What other sites show: the widget, what it asks, and pictures of a public page. */
const SHOWN_ELSEWHERE = /^\/(widget|pictures|public|a)\//;

export function securityHeaders({ config }: Pick<Deps, "config">): MiddlewareHandler<RouteEnv> {
  return async function securityHeadersMiddleware(c, next) {
    await next();
    const { headers } = c.res;
    const setDefault = (name: string, value: string) => {
      if (!headers.has(name)) headers.set(name, value);
    };
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Permissions-Policy", NO_FEATURES);
    headers.set("Cross-Origin-Resource-Policy", SHOWN_ELSEWHERE.test(c.req.path) ? "cross-origin" : "same-origin");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    setDefault("Content-Security-Policy", DATA_POLICY);
    setDefault("Referrer-Policy", "strict-origin-when-cross-origin");
    setDefault("X-Permitted-Cross-Domain-Policies", "none");
    // The host alone: what stands beside it under the same domain is not ours to decide about.
    if (config.publicUrl.startsWith("https:")) headers.set("Strict-Transport-Security", "max-age=31536000");
  };
}

const OPEN_PATHS =
  /^\/(public|widget|agents|api-keys|audit-log|canned-replies|clients|conversations|me|overview|users|visitors|webhooks|openapi\.json|auth\/config)(\/|$)/;
const CORS = {
  origin: "*",
  allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
  allowHeaders: ["Authorization", "Content-Type", "Idempotency-Key", "traceparent", "tracestate"],
  exposeHeaders: ["X-Request-Id", "Retry-After", "Idempotency-Replayed"],
  maxAge: 86_400,
};

/** Any page may call the API: it knows no cookies, so nobody is signed in by merely visiting one. */
export function openCors(): MiddlewareHandler<RouteEnv> {
  const handle = cors(CORS);
  return async function openCorsMiddleware(c, next) {
    return OPEN_PATHS.test(c.req.path) ? handle(c, next) : next();
  };
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** The pattern of the route that a request has met; null for what no route is named for. Never a path: strangers choose those. */
export function routePattern(c: Context): string | null {
  const route = routePath(c, -1);
  return route.includes("*") ? null : route;
}

export function httpMetrics(metrics: Metrics): MiddlewareHandler<RouteEnv> {
  return async function httpMetricsMiddleware(c, next) {
    const end = metrics.httpSeconds.startTimer();
    await next();
    // Each label value stays in memory.
    end({
      method: METHODS.has(c.req.method) ? c.req.method : "other",
      route: routePattern(c) ?? "other",
      status: String(c.res.status),
    });
  };
}
