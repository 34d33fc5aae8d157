import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { expectAccessible } from "../support/accessible.ts";
import { launchChromium } from "../support/chromium.ts";
import { hearComplaints } from "../support/hear-complaints.ts";
import { openPanel } from "../support/panel.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});
beforeEach(async () => {
  context = await browser.newContext({ locale: "en-US" });
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
  complaints = [];
  hearComplaints(page, complaints);
});
afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

test("how long conversations are kept is a setting of the agent; an empty field gives the default back", async () => {
  const agent = await server.createAgent({ name: "Front desk" });
  const kept = async () => (await server.ok("GET", `/agents/${agent.id}`)).config.retention_days;
  await openPanel(page, server, `/admin/agents/${agent.id}`);
  await page.getByText("Privacy", { exact: true }).click();
  const days = page.getByLabel("Days until conversations are deleted");
  expect(await days.getAttribute("placeholder")).toBe("90");
  for (const [text, stored] of [
    ["30", 30],
    ["0", 0],
    ["", undefined],
  ] as const) {
    await days.fill(text);
    await page.getByRole("button", { name: "Save changes" }).click();
    await expect.poll(kept).toBe(stored);
    await page.getByRole("button", { name: "Save changes", disabled: true }).waitFor();
  }
  await expectAccessible(page);
});

test("administrators see who changed what, by kind and by object; failures can be tried again", async () => {
  const agent = await server.createAgent({ name: "Bakery" });
  await server.ok("PATCH", `/agents/${agent.id}`, { body: { config: { greeting: "Fresh bread", oven: 3 } } });
  await openPanel(page, server, "/admin/agents");
  await page.getByRole("button", { name: "Your account" }).click();
  await page.getByRole("link", { name: "Changes" }).click();
  await page.getByRole("heading", { level: 1, name: "Changes" }).waitFor();
  const rows = page.getByRole("list", { name: "Changes" }).getByRole("listitem");
  const changed = rows.filter({ hasText: "Agent changed: Bakery" });
  await changed.getByText("Greeting, config.oven").waitFor();
  await changed.getByText("admin@localhost").waitFor();
  await expectAccessible(page);

  await page.getByLabel("Kind of change").selectOption("Agent created");
  await expect.poll(() => changed.count()).toBe(0);
  expect(new URL(page.url()).search).toBe("?action=agent.created");
  await page.getByLabel("Kind of change").selectOption("Company deleted");
  await page.getByText("No such changes").waitFor();
  await page.getByRole("link", { name: "Show all changes" }).click();
  await changed.getByRole("link", { name: /^History/ }).click();
  await expect
    .poll(() => rows.allInnerTexts().then((texts) => texts.map((text) => text.split("\n")[0])))
    .toEqual(["Agent changed: Bakery", "Agent created: Bakery"]);

  await page.route("**/audit-log*", (route) =>
    route.fulfill({ status: 500, json: { error: "The list is torn.", code: "INTERNAL_ERROR" } }),
  );
  await page.getByRole("link", { name: "Show all changes" }).click();
  await page.getByRole("alert").getByText("The list is torn.").waitFor();
  await page.unroute("**/audit-log*");
  await page.getByRole("button", { name: "Try again" }).click();
  await changed.waitFor();
});

test("what is kept of a visitor is downloaded from beside their conversation", async () => {
  const agent = await server.createPublishedAgent({ name: "Florist" });
  const session = await server.createSession(agent.slug, { body: { name: "Ana" } });
  await page.setViewportSize({ width: 1440, height: 900 });
  await openPanel(page, server, `/admin/conversations/${session.conversation_id}`);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export visitor" }).click();
  expect((await download).suggestedFilename()).toBe(`visitor-${session.visitor_id}.json`);
});

test("visitors agree before they write, once; the words are a setting of the agent", async () => {
  const agent = await server.createPublishedAgent({ name: "Clinic" });
  await openPanel(page, server, `/admin/agents/${agent.id}`);
  await page.getByText("Privacy", { exact: true }).click();
  await page.getByLabel("What visitors agree to before they write").fill("My words may be processed.");
  await page.getByLabel("Address of your privacy notice").fill("https://clinic.example/privacy");
  await page.getByRole("button", { name: "Save changes" }).click();
  const saved = async () => (await server.ok("GET", `/agents/${agent.id}`)).config.consent;
  await expect.poll(saved).toEqual({ text: "My words may be processed.", url: "https://clinic.example/privacy" });

  await page.goto(`${server.url}/a/${agent.slug}`);
  await page.getByText("My words may be processed.").waitFor();
  expect(await page.getByRole("link", { name: "Read more" }).getAttribute("href")).toBe("https://clinic.example/privacy");
  const field = page.getByRole("textbox", { name: "Write a message…" });
  expect(await field.count()).toBe(0);
  await expectAccessible(page);
  await page.getByRole("button", { name: "I agree" }).click();
  await field.fill("Is anybody there?");
  await field.press("Enter");
  await page.locator("li.message.assistant, li.message").nth(1).waitFor();
  await page.reload();
  await field.waitFor();
  expect(await page.getByRole("button", { name: "I agree" }).count()).toBe(0);
});
