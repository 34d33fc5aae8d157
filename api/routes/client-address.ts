import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import type { Deps } from "../deps.ts";

/**
 * Where a request comes from, for counting: the socket's address, or with TRUST_PROXY the one that the outermost trusted
 * proxy saw. An IPv6 customer owns a whole /64, so that counts as one.
 */
export function clientAddress(c: Context, deps: Pick<Deps, "config">): string {
  const hops = deps.config.trustProxy;
  const forwarded = hops > 0 ? (c.req.header("X-Forwarded-For") ?? "").split(",").map((part) => part.trim()) : [];
  return normalizeAddress(forwarded.at(-hops) || socketAddress(c));
}

function socketAddress(c: Context): string {
  try {
    return getConnInfo(c).remote.address ?? "unknown";
  } catch {
    return "unknown";
  }
}

/** Also for the sockets' handshakes, which know no hono. */
export function normalizeAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1]!;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const start = head.split(":").filter(Boolean);
  const end = tail === undefined ? [] : tail.split(":").filter(Boolean);
  const groups =
    tail === undefined ? start : [...start, ...Array<string>(Math.max(0, 8 - start.length - end.length)).fill("0"), ...end];
  return `${groups.slice(0, 4).join(":")}::/64`;
}
