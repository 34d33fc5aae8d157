import type { Browser } from "playwright-core";
import type { Figures } from "./report.ts";
import { visit, waitFor, type Point, type Visit } from "./visit.ts";

const HOVER_MS = 600;

export interface Measured {
  figures: Figures;
  /** Names on window, once the chat is open. */
  names: string[];
  remarks: string[];
}

/**
 * Two visits with cold caches. In the first nothing of ours runs in the page until it is at rest, then the launcher is clicked
 * out of the blue; the second watches for the launcher's first frame, then rests the pointer on it before the click.
 */
export async function measure(browser: Browser, url: string, hasLauncher: boolean): Promise<Measured> {
  const first = await visit(browser, url, false);
  try {
    await first.rest();
    const figures: Figures = {
      scriptMs: (await first.metric("ScriptDuration")) * 1000,
      restKb: first.ledger.kb(),
      requests: first.ledger.count(),
      blockingMs: await blockingMs(first),
    };
    const remarks: string[] = [];
    if (hasLauncher) {
      await first.openEye();
      const closedKb = first.ledger.scriptKb();
      const cold = await open(first, await launcherOf(first));
      figures.coldMs = cold.ms;
      figures.openKb = first.ledger.kb();
      figures.chatKb = first.ledger.scriptKb() - closedKb;
      if (cold.hadToClick) remarks.push("its field had to be clicked, it takes no focus by itself");
      Object.assign(figures, await watched(browser, url));
    }
    figures.shift = await layoutShift(first);
    const names = await first.ask<string[]>("Object.getOwnPropertyNames(window)");
    figures.heapMb = (await first.heapAfterCollection()) / 1_000_000;
    return { figures, names, remarks: [...remarks, ...first.remarks()] };
  } finally {
    await first.close();
  }
}

async function watched(browser: Browser, url: string): Promise<Figures> {
  const second = await visit(browser, url, true);
  try {
    const launcherMs = await waitFor(`launcher of ${url}`, () => second.look<number | null>("launcherMs"));
    await second.rest();
    const launcher = await launcherOf(second);
    await second.moveTo(launcher);
    await new Promise((next) => setTimeout(next, HOVER_MS));
    const hoverMs = (await open(second, launcher)).ms;
    return { launcherMs, launcherKb: second.ledger.kb(launcherMs), hoverMs };
  } finally {
    await second.close();
  }
}

const launcherOf = (page: Visit) => waitFor("a launcher", () => page.look<Point | null>("launcher()"));

/** Clicks the launcher and presses keys until one has landed in a text field; resolves when the chat is at rest. */
async function open(page: Visit, launcher: Point): Promise<{ ms: number; hadToClick: boolean }> {
  await page.click(launcher);
  let timesSeen = 0;
  const landedMs = await waitFor("a key that lands in a text field", async () => {
    await page.pressKey();
    const landed = await page.look<number | null>("landedMs");
    if (landed !== null) return landed;
    const { hasFocus, at } = await page.look<{ hasFocus: boolean; at: Point | null }>("field()");
    // Seen twice without focus: it is the visitor's turn, and quicker than any visitor.
    if (!hasFocus && at && ++timesSeen >= 2) await page.click(at);
    return null;
  });
  const ms = landedMs - (await page.look<number>("pressedMs"));
  await page.rest();
  if ((await page.look<string>("typed()")) === "") throw new Error("What was typed first is lost once the chat has loaded.");
  return { ms, hadToClick: timesSeen >= 2 };
}

/** Of all tasks longer than 50 ms so far what is over 50 ms (https://web.dev/articles/tbt). */
const blockingMs = (page: Visit) =>
  page.ask<number>(observed("longtask", "entries.reduce((sum, { duration }) => sum + duration - 50, 0)"));

/** Sum of the shifts so far that did not follow an input. */
const layoutShift = (page: Visit) =>
  page.ask<number>(observed("layout-shift", "entries.reduce((sum, shift) => sum + (shift.hadRecentInput ? 0 : shift.value), 0)"));

/** Expression over the buffered entries of a type; there is no event when there are none. */
const observed = (type: string, expression: string) => `new Promise((done) => {
  const of = (entries) => done(${expression});
  const observer = new PerformanceObserver((list) => of(list.getEntries()));
  observer.observe({ type: "${type}", buffered: true });
  setTimeout(() => of(observer.takeRecords()), 300);
})`;
