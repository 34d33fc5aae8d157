import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { expectAccessible } from "../support/accessible.ts";
import { launchChromium } from "../support/chromium.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let browser: Browser;
let contexts: BrowserContext[] = [];
beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});
afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()));
  contexts = [];
});

async function open(options: Parameters<Browser["newContext"]>[0] = {}): Promise<Page> {
  const context = await browser.newContext({ locale: "en-US", reducedMotion: "reduce", ...options });
  contexts.push(context);
  context.setDefaultTimeout(15_000);
  return await context.newPage();
}
async function signIn(
  page: Page,
  { email, password }: { email: string; password: string },
  path = "/admin/agents",
): Promise<void> {
  await page.goto(server.url + path);
  await page.locator("#email").fill(email);
  await page.locator("#password").fill(password);
  await page.locator("form button.is-primary").click();
  await page.getByRole("banner").waitFor();
}

test("while the server cannot be reached a banner says so; when it is back, what failed is there without a reload", async () => {
  const person = await server.createUser({ role: "admin", name: "Ana" });
  const page = await open();
  await signIn(page, person);
  await page.evaluate(() => Object.assign(window, { isSamePage: true }));
  await page.context().setOffline(true);
  await page.getByRole("link", { name: "Overview" }).click();
  await page.getByRole("status").getByText("The server cannot be reached. Trying again…").waitFor();
  await expectAccessible(page);
  await page.context().setOffline(false);
  await page.getByText("The server cannot be reached.").waitFor({ state: "hidden" });
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  await page.getByText("Nothing happened in this time").waitFor();
  expect(await page.evaluate(() => "isSamePage" in window)).toBe(true);
});

test("signing out on all devices ends the other sign-ins of that person, and no others", async () => {
  const [person, other] = await Promise.all([server.createUser({ role: "admin" }), server.createUser({ role: "admin" })]);
  const [here, there, theirs] = await Promise.all([open(), open(), open()]);
  await Promise.all([signIn(here, person), signIn(there, person), signIn(theirs, other)]);
  await here.getByRole("button", { name: "Your account" }).click();
  await here.getByRole("button", { name: "Sign out on all devices" }).click();
  await here
    .getByRole("dialog", { name: "Sign out on all devices?" })
    .getByRole("button", { name: "Sign out everywhere" })
    .click();
  await here.getByRole("heading", { name: "Sign in" }).waitFor();
  await there.reload();
  await there.getByRole("heading", { name: "Sign in" }).waitFor();
  await theirs.reload();
  await theirs.getByRole("heading", { level: 1, name: "Agents" }).waitFor();
});

test.each([
  ["pt-BR", "Português (Brasil)", "Agentes", "Conversas"],
  ["es", "Español", "Agentes", "Conversaciones"],
])("the panel speaks %s by choice, and goes on doing so", async (code, name, agents, conversations) => {
  const person = await server.createUser({ role: "admin" });
  const page = await open({ viewport: { width: 375, height: 700 } });
  await page.goto(`${server.url}/admin/`);
  await page.getByLabel("Language").selectOption({ label: name });
  await expect.poll(() => page.evaluate(() => document.documentElement.lang)).toBe(code);
  await signIn(page, person);
  await page.getByRole("link", { name: agents, exact: true }).waitFor();
  await page.getByRole("link", { name: conversations }).click();
  await page.getByRole("heading", { level: 1, name: conversations }).waitFor();
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});

test.each(["light", "dark"] as const)("sign-in and the account's menu are accessible on a phone: %s", async (colorScheme) => {
  const person = await server.createUser({ role: "admin" });
  const page = await open({ viewport: { width: 375, height: 700 }, colorScheme });
  await page.goto(`${server.url}/admin/`);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await expectAccessible(page);
  await signIn(page, person);
  await page.getByRole("button", { name: "Your account" }).click();
  await page.getByRole("button", { name: "Sign out", exact: true }).waitFor();
  await expectAccessible(page);
});
