import type { CDPSession } from "playwright-core";

/** Every request of a page but the page itself. */
export interface Ledger {
  /** kB (1,000 bytes) of bodies as they came over the wire; with `untilMs` of requests that began before, from the navigation on. */
  kb(untilMs?: number): number;
  /** The same of scripts alone. */
  scriptKb(): number;
  count(): number;
  /** Whether nothing has been on its way for so long. */
  isQuietFor(ms: number): boolean;
  /** Hosts that were out of reach, scripts that came without brotli. */
  remarks(): string[];
}

interface Entry {
  url: URL;
  atMs: number;
  headerBytes: number;
  bytes: number;
  isScript: boolean;
}

/** Has to be opened before the navigation. */
export function openLedger(cdp: CDPSession): Ledger {
  const entries = new Map<string, Entry>();
  const onTheirWay = new Set<string>();
  const remarks = new Set<string>();
  let startedAt: number | null = null;
  let lastAt = Date.now();
  const end = (id: string) => {
    if (onTheirWay.delete(id)) lastAt = Date.now();
  };
  cdp.on("Network.requestWillBeSent", ({ requestId, request, type, timestamp }) => {
    if (type === "Document") startedAt ??= timestamp;
    // The script of a worker is announced here, but its end only to the worker; it is known by an id without a number.
    else if (/^https?:/.test(request.url) && (request.method === "OPTIONS" || requestId.includes("."))) {
      const url = new URL(request.url);
      entries.set(requestId, {
        url,
        atMs: (timestamp - (startedAt ?? timestamp)) * 1000,
        headerBytes: 0,
        bytes: 0,
        isScript: false,
      });
      onTheirWay.add(requestId);
      lastAt = Date.now();
    }
  });
  cdp.on("Network.responseReceived", ({ requestId, response, type }) => {
    const entry = entries.get(requestId);
    if (!entry) return;
    entry.headerBytes = response.encodedDataLength;
    entry.isScript = type === "Script";
    const encoding = Object.entries(response.headers).find(([name]) => name.toLowerCase() === "content-encoding")?.[1];
    if (type === "Script" && encoding !== "br") remarks.add(`${entry.url.pathname} came as ${encoding ?? "plain text"}`);
  });
  cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const entry = entries.get(requestId);
    if (entry) entry.bytes = Math.max(0, encodedDataLength - entry.headerBytes);
    end(requestId);
  });
  cdp.on("Network.loadingFailed", ({ requestId, errorText }) => {
    const entry = entries.get(requestId);
    if (entry && onTheirWay.has(requestId)) remarks.add(`${entry.url.host} refused (${errorText})`);
    end(requestId);
  });
  return {
    kb: (untilMs = Infinity) =>
      [...entries.values()].filter(({ atMs }) => atMs <= untilMs).reduce((sum, { bytes }) => sum + bytes, 0) / 1000,
    scriptKb: () => [...entries.values()].reduce((sum, { bytes, isScript }) => sum + (isScript ? bytes : 0), 0) / 1000,
    count: () => entries.size,
    isQuietFor: (ms) => onTheirWay.size === 0 && Date.now() - lastAt >= ms,
    remarks: () => [...remarks],
  };
}
