import { BEARER_PREFIX, CLOSE, PROTOCOL_NAME } from "../../../protocol/codes.ts";
import type { Config } from "../../config.ts";
import { installationId } from "../../lib/installation-id.ts";
import { ok, problem, warning, type Finding } from "./finding.ts";

/** The way from a visitor to the server, walked from here. */

const ANSWER_MS_MAX = 5000;
const SKEW_GOOD_MS = 5000;
const SKEW_MAX_MS = 60_000;

const PRIVATE = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|f[cd][0-9a-f]{2}:|fe80:)/i;

export function checkScheme(publicUrl: string): Finding {
  const name = "https";
  const { protocol, hostname } = new URL(publicUrl);
  const host = hostname.replace(/^\[|\]$/g, "");
  if (protocol === "https:") return ok(name, "PUBLIC_URL is https.");
  if (host === "localhost" || host.startsWith("127.") || host === "::1")
    return ok(name, "PUBLIC_URL leads to this machine only, where http is enough.");
  const words = `PUBLIC_URL is http: passwords and conversations travel readable, and pages on https refuse to show the chat.`;
  if (PRIVATE.test(host)) return warning(name, `${words} That is for trials in your own network.`);
  return problem(name, `${words} Put a proxy with a certificate in front (docs/deploy.md), and set PUBLIC_URL=https://${host}.`);
}

/** Whether PUBLIC_URL leads to this installation, whether sockets pass, and whether the clocks agree. */
export async function checkPublicUrl(config: Pick<Config, "publicUrl" | "jwtSecret" | "host" | "port">): Promise<Finding[]> {
  const name = "PUBLIC_URL";
  const { publicUrl } = config;
  const before = Date.now();
  const found = await readHealth(publicUrl);
  if (typeof found === "string") {
    // 0.0.0.0 is every address of this machine.
    const host = /^(0\.0\.0\.0|::)$/.test(config.host) ? "127.0.0.1" : config.host;
    const here = `http://${host.includes(":") ? `[${host}]` : host}:${config.port}`;
    if (typeof (await readHealth(here)) === "string")
      return [warning(name, `No server answers, neither at ${publicUrl} nor at ${here}. Start it, then ask again.`)];
    return [
      problem(
        name,
        `${publicUrl} ${found}, but the server runs at ${here}. Correct PUBLIC_URL, or the name and the proxy that lead here.`,
      ),
    ];
  }
  const findings: Finding[] = [];
  if (found.installation !== installationId(config.jwtSecret)) {
    const what =
      found.installation === null ? "something else, or an older version" : "another installation (or another JWT_SECRET)";
    return [problem(name, `At ${publicUrl} answers ${what}. Correct PUBLIC_URL, or what leads there.`)];
  }
  findings.push(
    found.origin === new URL(publicUrl).origin
      ? ok(name, `${publicUrl} leads here.`)
      : warning(name, `${publicUrl} leads on to ${found.origin}. Set PUBLIC_URL to that: tags and QR codes then need no detour.`),
  );
  findings.push(await checkWebSocket(found.origin));
  // Whole seconds, and somewhere between the question and the answer.
  if (found.date !== null) findings.push(checkSkew("the server at PUBLIC_URL", found.date - (before + Date.now()) / 2 + 500));
  return findings;
}

interface Health {
  installation: string | null;
  /** Where redirects have led. */
  origin: string;
  /** Milliseconds since 1970; null where the answer has no date. */
  date: number | null;
}

/** Words that follow the address when it cannot be read. */
async function readHealth(origin: string): Promise<Health | string> {
  try {
    const res = await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    if (!res.ok) return `answers ${res.status}`;
    const body = (await res.json().catch(() => null)) as { installation?: unknown } | null;
    const date = Date.parse(res.headers.get("Date") ?? "");
    return {
      installation: typeof body?.installation === "string" ? body.installation : null,
      origin: new URL(res.url).origin,
      date: Number.isNaN(date) ? null : date,
    };
  } catch (err) {
    const { name, cause } = err as Error & { cause?: NodeJS.ErrnoException };
    if (name === "TimeoutError") return `does not answer within ${ANSWER_MS_MAX / 1000} s`;
    if (cause?.code === "ENOTFOUND" || cause?.code === "EAI_AGAIN") return "has a name that is not known";
    if (/CERT|SSL|TLS|SIGNATURE/i.test(`${cause?.code} ${cause?.message}`))
      return `has no certificate that this machine trusts (${cause?.code ?? cause?.message})`;
    return `cannot be reached (${cause?.code ?? cause?.message ?? (err as Error).message})`;
  }
}

/** A handshake with a token of nobody: the server lets it in, says so in a frame, and closes. So frames pass as well. */
async function checkWebSocket(origin: string): Promise<Finding> {
  const name = "WebSocket";
  const address = `${origin.replace(/^http/, "ws")}/ws`;
  const socket = new WebSocket(address, [PROTOCOL_NAME, `${BEARER_PREFIX}doctor`]);
  const code = await new Promise<number | null>((resolve) => {
    setTimeout(resolve, ANSWER_MS_MAX, null).unref();
    socket.addEventListener("error", () => resolve(null), { once: true });
    socket.addEventListener("close", (event) => resolve(event.code), { once: true });
  });
  socket.close();
  return code === CLOSE.policyViolation
    ? ok(name, `${address} lets sockets through.`)
    : problem(
        name,
        `${address} lets no socket through. Have the proxy pass the headers Upgrade and Connection (docs/deploy.md); until then chats use slower event streams.`,
      );
}

/** `skewMs`: how far the other clock is ahead of this machine's. */
export function checkSkew(whose: string, skewMs: number): Finding {
  const name = "Clock";
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) < SKEW_GOOD_MS) return ok(name, `It agrees with that of ${whose}.`);
  const words = `It is ${seconds} s ${skewMs > 0 ? "behind" : "ahead of"} that of ${whose}. Set the time by NTP on both: tokens live by it.`;
  return Math.abs(skewMs) > SKEW_MAX_MS ? problem(name, words) : warning(name, words);
}
