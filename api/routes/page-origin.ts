import type { Context } from "hono";
import type { Deps } from "../deps.ts";
import { pageOrigin, type PageOrigin } from "../lib/origins.ts";

/** Where a request comes from, for the list of allowed websites. */
export function pageOriginOf(c: Context, deps: Pick<Deps, "config">): PageOrigin {
  const headers = { origin: c.req.header("Origin"), host: c.req.header("Host"), site: c.req.header("Sec-Fetch-Site") };
  return pageOrigin(headers, deps.config.publicUrl);
}
