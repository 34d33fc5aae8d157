/**
 * Where somebody comes from, for counting: the socket's address, or with `trustProxy` proxies in front the one that the outermost of
 * them saw: that many entries from the end of X-Forwarded-For. What stands before was written by strangers.
 */
export function countedAddress(socketAddress: string | undefined, forwardedFor: string | undefined, trustProxy: number): string {
  const seen = trustProxy > 0 ? (forwardedFor ?? "").split(",").at(-trustProxy)?.trim() : undefined;
  return normalizeAddress(seen || socketAddress || "unknown");
}

/** One form for each address, without a port. An IPv6 customer owns a whole /64, so that counts as one. */
export function normalizeAddress(text: string): string {
  const address = /^\[(.*)\](?::\d+)?$/.exec(text)?.[1] ?? text;
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)(?::\d+)?$/i.exec(address);
  if (v4) return v4[1]!;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const start = head.split(":").filter(Boolean);
  const end = tail === undefined ? [] : tail.split(":").filter(Boolean);
  const groups =
    tail === undefined ? start : [...start, ...Array<string>(Math.max(0, 8 - start.length - end.length)).fill("0"), ...end];
  return `${groups.slice(0, 4).join(":")}::/64`;
}
