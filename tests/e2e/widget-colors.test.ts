import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contrast, parseColor, type Rgb } from "../../protocol/colors.ts";
import { launchChromium } from "../support/chromium.ts";
import { isLong } from "../support/long.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const AA_TEXT = 4.5;
const BUBBLE = { light: parseColor("#f1f2f6")!, dark: parseColor("#262a32")! };
const STEPS = isLong ? [0, 32, 64, 96, 128, 160, 192, 224, 255] : [0, 64, 128, 192, 255];
const ACCENTS: Rgb[] = STEPS.flatMap((r) => STEPS.flatMap((g) => STEPS.map((b): Rgb => [r, g, b])));

let server: TestServer;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test.each(["light", "dark"] as const)("whatever the accent, text on it and links beside it pass AA: %s", async (theme) => {
  const agent = await server.createPublishedAgent({ name: `Colours ${theme}`, config: { starters: ["A question"] } });
  const page = await browser.newPage({ colorScheme: theme });
  await page.goto(`${server.url}/a/${agent.slug}`);
  await page.locator(".chip").waitFor();
  const seen = await page.locator("renus-chat").evaluate((chat, accents) => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
    const pixel = (selector: string) => {
      canvas.fillStyle = getComputedStyle(chat.shadowRoot!.querySelector(selector)!).color;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    return accents.map((accent) => {
      (chat as HTMLElement).style.setProperty("--renus-accent", `rgb(${accent.join(" ")})`);
      return { accent, on: pixel(".avatar"), link: pixel(".chip") };
    });
  }, ACCENTS);
  const poor = seen.filter(
    ({ accent, on, link }) =>
      contrast(on as unknown as Rgb, accent) < AA_TEXT || contrast(link as unknown as Rgb, BUBBLE[theme]) < AA_TEXT,
  );
  expect(seen).toHaveLength(ACCENTS.length);
  expect(poor).toEqual([]);
  await page.close();
});
