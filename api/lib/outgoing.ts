import { lookup as lookUp, type LookupAddress } from "node:dns";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { BlockList, isIP } from "node:net";
import type { LookupFunction } from "node:net";

/**
 * Requests to addresses that an owner has written. Only the public internet is reached: what a name means is checked in the
 * very look-up whose answer is connected to, so that a name cannot change its meaning in between (DNS rebinding); redirects
 * are not followed; little of an answer is read, and not for long.
 */

/** No connection was made, or it was of no use. `message` is for the owner and says nothing of our network. */
export class OutgoingError extends Error {
  override name = "OutgoingError";
}

export interface OutgoingAnswer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

const ANSWER_MS_MAX = 15_000;
const ANSWER_BYTES_READ_MAX = 4096;

const V4_SPECIAL: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
/** Of 2000::/3, outside of which nothing is public: protocol assignments with Teredo and ORCHID, documentation, 6to4. */
const V6_SPECIAL: readonly (readonly [string, number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];
const special = new BlockList();
for (const [network, bits] of V4_SPECIAL) special.addSubnet(network, bits, "ipv4");
for (const [network, bits] of V6_SPECIAL) special.addSubnet(network, bits, "ipv6");
const globalV6 = new BlockList();
globalV6.addSubnet("2000::", 3, "ipv6");
const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** By IANA's registries of special-purpose addresses (RFC 6890). IPv4 inside of IPv6 counts as no public address at all. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special.check(address, "ipv4");
  return family === 6 && globalV6.check(address, "ipv6") && !special.check(address, "ipv6");
}
function isLoopbackAddress(address: string): boolean {
  return loopback.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** Whether `publicUrl` is a machine's own address: then a developer tries things out, and endpoints may be there as well. */
export function isLoopbackUrl(publicUrl: string): boolean {
  const host = hostOf(new URL(publicUrl));
  return host === "localhost" || (isIP(host) !== 0 && isLoopbackAddress(host));
}

/**
 * What is wrong with an address before anybody is asked, in words; null: nothing. `mayBeLoopback` also allows http, there alone.
 * URL has made one form of decimal, octal and hexadecimal addresses already.
 */
export function refusalOf(address: string, mayBeLoopback: boolean): string | null {
  const url = URL.parse(address);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) return "Use an address that starts with https://.";
  if (url.username !== "" || url.password !== "") return "The address may not hold a name or password.";
  const host = hostOf(url);
  const isLocal = host === "localhost" || host.endsWith(".localhost") || (isIP(host) !== 0 && isLoopbackAddress(host));
  if (isLocal && mayBeLoopback) return null;
  if (url.protocol !== "https:") return "Use an address that starts with https://.";
  if (isLocal || (isIP(host) !== 0 && !isPublicAddress(host))) return "This address is not on the public internet.";
  return null;
}

/** The host as `isIP` and look-ups take it. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}

/** Sends `body` and waits for the status. Throws OutgoingError. `resolve` is the system's look-up but in tests. */
export function postOutgoing(
  address: string,
  {
    headers,
    body,
    mayBeLoopback,
    signal,
    timeoutMs = ANSWER_MS_MAX,
    resolve = lookUp,
  }: {
    headers: Readonly<Record<string, string>>;
    body: string;
    mayBeLoopback: boolean;
    signal?: AbortSignal;
    timeoutMs?: number;
    resolve?: typeof lookUp;
  },
): Promise<OutgoingAnswer> {
  const refusal = refusalOf(address, mayBeLoopback);
  if (refusal) return Promise.reject(new OutgoingError(refusal));
  const url = new URL(address);
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  const timeout = AbortSignal.timeout(timeoutMs);
  return new Promise((done, fail) => {
    const req = send(url, {
      method: "POST",
      headers: { ...headers, "Content-Length": String(Buffer.byteLength(body)) },
      // A connection of its own: a kept one would belong to whatever the name meant before.
      agent: false,
      lookup: checkedLookup(mayBeLoopback, resolve),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    req.once("response", (res) => {
      drain(res);
      done({ status: res.statusCode ?? 0, headers: res.headers });
    });
    req.on("error", (err) => fail(inWords(err, timeout.aborted ? timeoutMs : null)));
    req.end(body);
  });
}

/** An unread answer keeps its connection; a long one would keep us. */
function drain(res: IncomingMessage): void {
  let bytes = 0;
  res.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_READ_MAX) res.destroy();
  });
  res.on("error", () => {});
}

/** Answers with the addresses that may be connected to, all of which have been looked at. */
function checkedLookup(mayBeLoopback: boolean, resolve: typeof lookUp): LookupFunction {
  return function lookup(hostname, options, callback) {
    resolve(hostname, { ...options, all: true }, (err, found) => {
      if (err) return callback(err, "");
      const isAllowed = ({ address }: LookupAddress) => isPublicAddress(address) || (mayBeLoopback && isLoopbackAddress(address));
      // One that is not public among others is a trick, not a choice.
      if (found.length === 0 || !found.every(isAllowed)) {
        return callback(new OutgoingError("This name does not lead to the public internet."), "");
      }
      if (options.all) return callback(null, found);
      callback(null, found[0]!.address, found[0]!.family);
    });
  };
}

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: "The name does not exist.",
  EAI_AGAIN: "The name could not be looked up.",
  ECONNREFUSED: "Nobody answers at this address.",
  ECONNRESET: "The connection was closed without an answer.",
  ETIMEDOUT: "The connection could not be made in time.",
  EPROTO: "The server does not speak TLS there.",
  CERT_HAS_EXPIRED: "The certificate has expired.",
  DEPTH_ZERO_SELF_SIGNED_CERT: "The certificate is self-signed.",
  SELF_SIGNED_CERT_IN_CHAIN: "The certificate is self-signed.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "The certificate cannot be verified.",
  ERR_TLS_CERT_ALTNAME_INVALID: "The certificate is for another name.",
};
function inWords(err: Error, expiredAfterMs: number | null): OutgoingError {
  if (err instanceof OutgoingError) return err;
  if (expiredAfterMs !== null) return new OutgoingError(`There was no answer within ${expiredAfterMs / 1000} seconds.`);
  const code = String((err as NodeJS.ErrnoException).code);
  return new OutgoingError(WORDS[code] ?? "The connection failed.");
}
