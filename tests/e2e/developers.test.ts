import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
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
  context = await browser.newContext({
    permissions: ["clipboard-read", "clipboard-write"],
    viewport: { width: 375, height: 800 },
  });
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
  complaints = [];
  hearComplaints(page, complaints);
});
afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});
const fits = async () => expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);

test("an API key: the list fails, is empty, has one; it is shown once, copied, used and revoked", async () => {
  await page.route("**/api-keys?*", (route) =>
    route.fulfill({ status: 500, json: { error: "The list is torn.", code: "INTERNAL_ERROR", request_id: "1" } }),
  );
  await openPanel(page, server, "/admin/developers");
  await page.getByText("The list is torn.").waitFor();
  await page.unroute("**/api-keys?*");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("No API keys yet").waitFor();
  await expectAccessible(page);

  await page.getByRole("button", { name: "New API key" }).click();
  const dialog = page.getByRole("dialog", { name: "New API key" });
  await dialog.getByLabel("Name").fill("Shop system");
  await dialog.getByLabel("Company").selectOption("All companies");
  await dialog.getByLabel("Read everything").uncheck();
  await dialog.getByRole("button", { name: "Create" }).click();
  const complaint = await dialog.getByLabel("Read everything").evaluate((box: HTMLInputElement) => box.validationMessage);
  expect(complaint).toBe("Choose at least one.");
  await expectAccessible(page, { part: "dialog[open]" });
  await dialog.getByLabel("Read everything").check();
  await dialog.getByLabel("Ends").selectOption("In 30 days");
  await dialog.getByRole("button", { name: "Create" }).click();
  await dialog.waitFor({ state: "hidden" });

  const key = (await page.getByLabel("The new key “Shop system”").locator("code").textContent())!;
  await page.getByRole("button", { name: "Copy key" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
  expect((await server.call("GET", "/agents", { token: key })).status).toBe(200);
  await expectAccessible(page);
  await fits();
  await page.getByRole("button", { name: "I have kept it" }).click();
  expect(await page.content()).not.toContain(key);
  const row = page.getByRole("list", { name: "API keys" }).getByRole("listitem").filter({ hasText: "Shop system" });
  expect(await row.textContent()).toMatch(/rns_.*….*All companies.*Never used.*Ends on/s);

  await row.getByRole("button", { name: "Revoke Shop system" }).click();
  await page.getByRole("button", { name: "Revoke key" }).click();
  await page.getByText("No API keys yet").waitFor();
  expect((await server.call("GET", "/agents", { token: key })).status).toBe(401);
});

test("a webhook: made, tested, fails, sent again, switched off and deleted", async () => {
  let status = 500;
  const came: string[] = [];
  const receiver = createServer((req, res) => {
    came.push(String(req.headers["webhook-id"]));
    req.resume();
    res.writeHead(status).end();
  });
  await new Promise<void>((done) => receiver.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/renus`;
  try {
    await openPanel(page, server, "/admin/developers");
    await page.getByText("No webhooks yet").waitFor();
    await page.getByRole("button", { name: "New webhook" }).click();
    const dialog = page.getByRole("dialog", { name: "New webhook" });
    await dialog.getByLabel("Address").fill("https://10.0.0.1/");
    await dialog.getByLabel("A conversation was closed").check();
    await dialog.getByRole("button", { name: "Create" }).click();
    const complaint = () => dialog.getByLabel("Address").evaluate((control: HTMLInputElement) => control.validationMessage);
    await expect.poll(complaint).toBe("This address is not on the public internet.");
    await expectAccessible(page, { part: "dialog[open]" });
    await dialog.getByLabel("Address").fill(url);
    await dialog.getByRole("button", { name: "Create" }).click();
    await dialog.waitFor({ state: "hidden" });
    const secret = await page.getByLabel(`The secret of ${url}`).locator("code").textContent();
    expect(secret).toMatch(/^whsec_/);
    await page.getByRole("button", { name: "I have kept it" }).click();

    await page.getByRole("button", { name: `Deliveries to ${url}` }).click();
    const log = page.getByRole("dialog", { name: "Deliveries" });
    await log.getByText("Nothing was sent yet").waitFor();
    await log.getByRole("button", { name: "Send a test" }).click();
    await log.getByText("The answer was 500.").waitFor();
    await expectAccessible(page, { part: "dialog[open]" });
    await fits();
    status = 204;
    await log.getByRole("button", { name: /^Send again: webhook\.test/ }).click();
    await log.getByText("Delivered", { exact: true }).waitFor();
    expect(new Set(came).size).toBe(1);
    await log.getByRole("button", { name: "Close" }).click();

    const row = page.getByRole("list", { name: "Webhooks" }).getByRole("listitem");
    await row.getByRole("switch").click();
    await row.getByText("Off", { exact: true }).waitFor();
    await expectAccessible(page);
    await fits();
    await row.getByRole("button", { name: /^New secret for / }).click();
    await page.getByRole("button", { name: "Make a new secret" }).click();
    const rotated = await page.getByLabel(`The secret of ${url}`).locator("code").textContent();
    expect(rotated).toMatch(/^whsec_/);
    expect(rotated).not.toBe(secret);
    await page.getByRole("button", { name: "I have kept it" }).click();
    await row.getByText(/The former secret signs too until/).waitFor();
    const remove = row.getByRole("button", { name: /^Delete / });
    const { x, width } = (await remove.boundingBox())!;
    expect(x + width).toBeLessThanOrEqual(375);
    await remove.click();
    await page.getByRole("button", { name: "Delete webhook" }).click();
    await page.getByText("No webhooks yet").waitFor();
  } finally {
    receiver.close();
  }
});
