import type { Browser, CDPSession, Page } from "playwright-core";
import { EYE, openEye, type Eye } from "./eye.ts";
import { openLedger, type Ledger } from "./ledger.ts";

/** 1.6 Mbit/s with 150 ms; in bytes a second. */
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 200_000 };
const CPU_SLOWDOWN = 4;
const QUIET_MS = 1000;
const DEADLINE_MS = 30_000;

/** One page in a browser profile of its own (cold cache), slowed down. */
export interface Visit {
  readonly ledger: Ledger;
  /** What readers of the figures have to know. */
  remarks(): string[];
  /** Value of an expression in the page. */
  ask<T>(expression: string): Promise<T>;
  look<T>(question: (keyof Eye & string) | `${string}()`): Promise<T>;
  openEye(): Promise<void>;
  /** Waits until nothing has been loaded for a second. */
  rest(): Promise<void>;
  /** Of CDP's Performance domain, seconds and bytes. */
  metric(name: "ScriptDuration" | "JSHeapUsedSize"): Promise<number>;
  heapAfterCollection(): Promise<number>;
  moveTo(at: Point): Promise<void>;
  click(at: Point): Promise<void>;
  pressKey(): Promise<void>;
  close(): Promise<void>;
}
export interface Point {
  x: number;
  y: number;
}

/** `watches`: see `openEye`; the script times of such a visit are not those of the page alone. */
export async function visit(browser: Browser, url: string, watches: boolean): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-US" });
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  const ledger = openLedger(cdp);
  const workers = await watchWorkers(browser, page);
  await cdp.send("Network.enable");
  await cdp.send("Network.emulateNetworkConditions", SLOW_4G);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWDOWN });
  await cdp.send("Performance.enable");
  if (watches) await page.addInitScript(openEye, true);
  await page.goto(url, { waitUntil: "load", timeout: DEADLINE_MS });

  const ask = <T>(expression: string) => evaluate<T>(cdp, expression);
  const metric: Visit["metric"] = async (name) =>
    (await cdp.send("Performance.getMetrics")).metrics.find((one) => one.name === name)!.value;
  const mouse = (type: "mouseMoved" | "mousePressed" | "mouseReleased", at: Point) =>
    cdp.send("Input.dispatchMouseEvent", { type, ...at, ...(type === "mouseMoved" ? {} : { button: "left", clickCount: 1 }) });
  const press = (type: "keyDown" | "keyUp") =>
    cdp.send("Input.dispatchKeyEvent", {
      type,
      key: "a",
      code: "KeyA",
      windowsVirtualKeyCode: 65,
      ...(type === "keyDown" ? { text: "a" } : {}),
    });
  return {
    ledger,
    remarks: () => [...workers, ...ledger.remarks()],
    ask,
    look: (question) => ask(`${EYE}.${question}`),
    openEye: () => page.evaluate(openEye, false),
    async rest() {
      const from = Date.now();
      // The answer in between comes once the page has no task at work.
      const isQuiet = () => Date.now() - from >= QUIET_MS && ledger.isQuietFor(QUIET_MS);
      await waitFor(`rest of ${url}`, async () => isQuiet() && (await ask<boolean>("true")) && isQuiet());
    },
    metric,
    async heapAfterCollection() {
      await cdp.send("HeapProfiler.collectGarbage");
      await cdp.send("HeapProfiler.collectGarbage");
      return metric("JSHeapUsedSize");
    },
    moveTo: async (at) => void (await mouse("mouseMoved", at)),
    click: async (at) => void (await Promise.all([mouse("mousePressed", at), mouse("mouseReleased", at)])),
    pressKey: async () => void (await Promise.all([press("keyDown"), press("keyUp")])),
    close: () => context.close(),
  };
}

/** Those of a page are slowed down as it is, shared ones and service workers are not; the ledger sees the requests of none. */
async function watchWorkers(browser: Browser, page: Page): Promise<Set<string>> {
  const seen = new Set<string>();
  page.on("worker", (worker) => seen.add(`requests of its worker ${worker.url()} are not counted`));
  const targets = await browser.newBrowserCDPSession();
  targets.on("Target.targetCreated", ({ targetInfo: { type, url } }) => {
    if (/shared_worker|service_worker/.test(type)) seen.add(`requests of its ${type} ${url} are neither counted nor slowed down`);
  });
  await targets.send("Target.setDiscoverTargets", { discover: true });
  page.once("close", () => void targets.detach().catch(() => {}));
  return seen;
}

/** Asks every 10 ms. Throws after 30 s with the name of what did not happen. */
export async function waitFor<T>(what: string, attempt: () => T | Promise<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = await attempt();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`Waited ${DEADLINE_MS / 1000} s in vain: ${what}.`);
    await new Promise((next) => setTimeout(next, 10));
  }
}

async function evaluate<T>(cdp: CDPSession, expression: string): Promise<T> {
  const { result, exceptionDetails } = await cdp.send("Runtime.evaluate", {
    expression,
    returnByValue: true,
    awaitPromise: true,
  });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value as T;
}
