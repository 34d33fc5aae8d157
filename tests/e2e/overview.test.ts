import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible } from "../support/accessible.ts";
import { launchChromium } from "../support/chromium.ts";
import { openPanel } from "../support/panel.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function signIn(options: Parameters<Browser["newContext"]>[0], path: string): Promise<Page> {
  const context = await browser.newContext({ locale: "en-US", reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  await openPanel(page, server, path);
  return page;
}

test("an empty company is told how to get figures; then they are there, by period and agent, in the address", async () => {
  const page = await signIn({ viewport: { width: 1280, height: 900 } }, "/admin/overview");
  await page.getByText("Nothing happened in this time").waitFor();
  await expectAccessible(page);
  const agent = await server.createPublishedAgent({ name: "Northwind" });
  await server.createPublishedAgent({ name: "Southwind" });
  const session = await server.createSession(agent.slug, { body: { source: "flyer" } });
  const frame = {
    type: "message",
    conversation_id: session.conversation_id,
    content: "Hello",
    client_message_id: crypto.randomUUID(),
  };
  await server.ok("POST", "/public/frames", { token: session.token, body: frame });
  await expect.poll(async () => (await server.ok("GET", "/overview")).totals.replies).toBe(1);

  await page.reload();
  const figure = (name: string) => page.locator(".figure", { hasText: name }).locator("dd").first();
  await expect.poll(() => figure("Conversations").textContent()).toBe("1");
  expect(await figure("Without a person").textContent()).toBe("100%");
  await page.getByText("flyer").waitFor();
  await page.getByRole("link", { name: "24 hours" }).click();
  // The last of the bars is the hour of now.
  await expect
    .poll(async () => {
      const bars = page.locator("time-chart .u-over");
      const { width, height } = (await bars.boundingBox()) ?? { width: 0, height: 0 };
      await bars.hover({ position: { x: Math.max(0, width - 10), y: height / 2 } });
      return page.locator(".chart-legend").innerText();
    })
    .toMatch(/Messages 2\s+Replies 1\s+\d/);
  await page.getByText("As a table").click();
  await page.getByRole("columnheader", { name: "Time" }).waitFor();
  await expectAccessible(page);
  expect(new URL(page.url()).search).toBe("?period=24h");
  await page.reload();
  await expect.poll(() => page.getByRole("link", { name: "24 hours" }).getAttribute("aria-current")).toBe("true");
  await page.getByRole("combobox", { name: "Agent" }).selectOption({ label: "Southwind" });
  await page.getByText("Nothing happened in this time").waitFor();
  await page.context().close();
});

test("on a phone, dark: loading, failing and the figures are accessible and fit", async () => {
  const page = await signIn({ viewport: { width: 375, height: 700 }, colorScheme: "dark" }, "/admin/agents");
  const asked = Promise.withResolvers<void>();
  await page.route(/\/overview\?period/, async (route) => {
    await asked.promise;
    // A server that does not answer at all is asked again by itself; one that fails is asked by the person.
    await route.fulfill({ status: 500, json: { error: "Something went wrong on our side.", code: "INTERNAL_ERROR" } });
  });
  await page.goto(`${server.url}/admin/overview`);
  await page.getByRole("status", { name: "Loading the figures" }).waitFor();
  asked.resolve();
  await page.getByRole("alert").waitFor();
  await expectAccessible(page);
  await page.unroute(/\/overview\?period/);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "By topic" }).waitFor();
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await page.context().close();
});
