import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { expectAccessible } from "../support/accessible.ts";
import { launchChromium } from "../support/chromium.ts";
import { hearComplaints } from "../support/hear-complaints.ts";
import { startOpenAiServer, type OpenAiServer } from "../support/openai-server.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { openPanel } from "../support/panel.ts";

let model: OpenAiServer;
let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** What the browser complained about: refused by a policy, thrown, not caught. */
const complaints: string[] = [];
const soon = <T>(read: () => T) => expect.poll(read, { timeout: 10_000 });

beforeAll(async () => {
  [model, browser] = await Promise.all([startOpenAiServer(), launchChromium()]);
  model.behave(({ user, isRouting }) => (isRouting ? {} : { text: `About **${user}**: yes.` }));
  server = await startTestServer({ environment: { OPENAI_BASE_URL: model.url } });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
});
afterEach(async () => {
  await context.close();
  expect(complaints.splice(0)).toEqual([]);
});

async function signIn(path: string, options: BrowserContextOptions = {}): Promise<void> {
  context = await browser.newContext({ locale: "en-US", viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
  hearComplaints(page, complaints);
  await openPanel(page, server, `/admin${path}`);
}
const preview = () => page.frameLocator("iframe");
const field = () => preview().getByRole("textbox");
async function say(text: string): Promise<void> {
  await field().fill(text);
  await field().press("Enter");
}
const draft = async (name: string) => (await server.ok("POST", "/agents/wizard/start", { body: { name } })).wizard_id as string;

test("the real chat beside the steps shows what is typed at once, and answers as the draft", async () => {
  await signIn("/agents/new");
  await preview().getByRole("heading", { name: "New agent" }).waitFor();
  let loads = 0;
  page.on("framenavigated", (frame) => {
    if (frame !== page.mainFrame()) loads++;
  });
  await say("Are you there?");
  await preview().getByText("Give your agent a name first, then talk to it here.").waitFor();
  await preview().getByRole("button", { name: "Edit" }).click();
  await field().fill("");

  await page.getByLabel("Name", { exact: true }).pressSequentially("Aurora");
  await preview().getByRole("heading", { level: 1, name: "Aurora" }).waitFor();
  await page.getByLabel("Description").fill("Ask about our cakes.");
  await preview().getByText("Ask about our cakes.").waitFor();
  await page.getByRole("button", { name: "Continue" }).click();

  await page.getByLabel("Greeting").fill("Good morning!");
  await preview().getByRole("heading", { name: "Good morning!" }).waitFor();
  await page.locator("#language").selectOption("es");
  await soon(() => preview().locator("html").getAttribute("lang")).toBe("es");
  await soon(() => field().getAttribute("placeholder")).toMatch(/mensaje/i);
  await page.locator("#language").selectOption("");
  await soon(() => field().getAttribute("placeholder")).not.toMatch(/mensaje/i);
  await page.getByLabel("Personality").fill("Kind.");
  await page.getByLabel("Tone").fill("Warm");
  await page.getByRole("button", { name: "Continue" }).click();

  await page.getByLabel("Starter 1").fill("Which cakes are there?");
  await expectAccessible(page, { part: "iframe" });
  await preview().getByRole("button", { name: "Which cakes are there?" }).click();
  // Markdown, the thumbs and the rest: it is the chat itself.
  await preview().locator("strong", { hasText: "Which cakes are there?" }).waitFor();
  await preview().getByRole("button", { name: "Helpful", exact: true }).waitFor();
  await page.locator(".trace").getByText("main agent").waitFor();
  await say("And bread?");
  await preview().locator("strong", { hasText: "And bread?" }).waitFor();
  expect(JSON.stringify(model.replies.at(-1)!.body)).toContain("Which cakes are there?");
  await expectAccessible(page);
  await expectAccessible(page, { part: "iframe" });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator(".trace summary").click();

  // Going on keeps the conversation; beginning anew ends it, and nothing of it was stored.
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { name: "Where it works" }).waitFor();
  await preview().locator("strong", { hasText: "And bread?" }).waitFor();
  await preview().getByRole("button", { name: "More" }).click();
  await preview().getByRole("button", { name: "New conversation" }).click();
  await preview().getByRole("button", { name: "Which cakes are there?" }).waitFor();
  expect(await page.locator(".trace").count()).toBe(0);
  expect(loads).toBe(0);
  expect((await server.ok("GET", "/conversations")).data).toEqual([]);
  expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("renus:")))).toEqual([]);
});

test("an answer that does not come says why and can be asked for again", async () => {
  await signIn(`/agents/${await draft("Tired")}/wizard/1`);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Greeting").waitFor();
  model.behave(() => ({ status: 500 }));
  await say("Hello?");
  await preview().getByRole("alert").waitFor();
  model.behave(({ user }) => ({ text: `About **${user}**: yes.` }));
  await preview().getByRole("button", { name: "Retry" }).click();
  await preview().locator("strong", { hasText: "Hello?" }).waitFor();
  expect(await preview().getByRole("alert").count()).toBe(0);
});

test.each([
  ["pt-BR", "light"],
  ["es", "dark"],
] as const)("below the steps of a phone, in %s and %s", async (locale, colorScheme) => {
  await signIn(`/agents/${await draft("Bolso")}/wizard/1`, { locale, colorScheme, viewport: { width: 375, height: 720 } });
  await preview().getByRole("heading", { level: 1, name: "Bolso" }).waitFor();
  expect(await preview().locator("html").getAttribute("lang")).toBe(locale);
  await soon(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
  const frame = (await page.locator("iframe").boundingBox())!;
  expect(frame.y).toBeGreaterThan((await page.locator(".wizard-form").boundingBox())!.y);
  expect(frame.width).toBeLessThanOrEqual(375);
  const background = await preview()
    .getByRole("region", { name: "Bolso" })
    .evaluate((panel) => getComputedStyle(panel).backgroundColor);
  expect(background).toBe(colorScheme === "dark" ? "rgb(23, 25, 30)" : "rgb(255, 255, 255)");
  await expectAccessible(page);
  await expectAccessible(page, { part: "iframe" });
});

test("only the panel may frame the preview, which loads nothing from elsewhere", async () => {
  const { status, headers } = await fetch(`${server.url}/admin/preview`);
  expect(status).toBe(200);
  expect(headers.get("Content-Security-Policy")).toContain("frame-ancestors 'self'");
  expect(headers.get("Content-Security-Policy")).not.toContain("unsafe");
});
