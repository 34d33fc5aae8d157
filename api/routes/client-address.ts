import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import type { Deps } from "../deps.ts";
import { countedAddress } from "../lib/addresses.ts";

const warned = new WeakSet<Deps["log"]>();

/** Where a request comes from, as it is counted. */
export function clientAddress(c: Context, { config, log }: Pick<Deps, "config" | "log">): string {
  const forwardedFor = c.req.header("X-Forwarded-For");
  if (forwardedFor !== undefined && config.trustProxy === 0 && !warned.has(log)) {
    warned.add(log);
    log.warn(
      "Requests come with X-Forwarded-For, and TRUST_PROXY is 0: behind a proxy all visitors share the limits of its address.",
    );
  }
  return countedAddress(socketAddress(c), forwardedFor, config.trustProxy);
}

function socketAddress(c: Context): string | undefined {
  try {
    return getConnInfo(c).remote.address;
  } catch {
    return undefined;
  }
}
