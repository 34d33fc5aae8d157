import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import type { Deps } from "../deps.ts";
import { countedAddress } from "../lib/addresses.ts";

/** Where a request comes from, as it is counted. */
export function clientAddress(c: Context, deps: Pick<Deps, "config">): string {
  return countedAddress(socketAddress(c), c.req.header("X-Forwarded-For"), deps.config.trustProxy);
}

function socketAddress(c: Context): string | undefined {
  try {
    return getConnInfo(c).remote.address;
  } catch {
    return undefined;
  }
}
