import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { AgentInstall } from "../../protocol/resources.ts";
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
beforeEach(() => open());
afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

async function open(options: Parameters<Browser["newContext"]>[0] = {}): Promise<void> {
  await context?.close();
  context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"], ...options });
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
  complaints = [];
  hearComplaints(page, complaints);
}
const signIn = (path: string) => openPanel(page, server, `/admin${path}`);
const soon = <T>(read: () => T) => expect.poll(read, { timeout: 10_000 });
const heading = (name: string) => page.getByRole("heading", { level: 1, name }).waitFor();
const toast = (words: string) => page.getByRole("status").getByText(words).waitFor();
const fits = async () =>
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
  ).toBeLessThanOrEqual(0);

test("a template fills the steps in the language of step 2, and what somebody has written stays", async () => {
  await signIn("/agents/new");
  await page.getByLabel("Name", { exact: true }).fill("Loja Sol");
  await page.getByText("New contacts", { exact: true }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  const prompt = page.getByLabel("Prompt", { exact: true });
  await soon(() => prompt.inputValue()).toMatch(/^You are Loja Sol,[^]*people who are interested/);
  await page.getByLabel("Tone").fill("My own tone");
  await page.getByRole("main").getByLabel("Language").selectOption("pt-BR");
  await soon(() => page.getByLabel("Greeting").inputValue()).toMatch(/^Olá!/);
  expect(await page.getByLabel("Tone").inputValue()).toBe("My own tone");
  await soon(() => prompt.inputValue()).toMatch(/^Você é Loja Sol,[^]*nunca invente preços, horários/);
  await page.getByRole("main").getByLabel("Language").selectOption("es");
  await soon(() => page.getByLabel("Personality").inputValue()).toMatch(/^Atento\. Primero/);
  await page.getByRole("button", { name: "Continue" }).click();
  await soon(() => page.getByLabel("Field 1: what to ask for").inputValue()).toBe("Nombre");
  expect(await page.getByLabel("Starter 1").inputValue()).toBe("Quiero un presupuesto");
});

test("a panel in Portuguese begins with an agent that speaks it", async () => {
  await open({ locale: "pt-BR" });
  await signIn("/agents/new");
  await page.locator("#name").fill("Padaria");
  await page.locator("input[value=support]").check();
  await page.locator(".wizard-form .is-primary").click();
  await soon(() => page.locator("#language").inputValue()).toBe("pt-BR");
  await soon(() => page.locator("#wizard-prompt").inputValue()).toMatch(/^Você é Padaria,/);
});

test("the list is sorted by what the address says, and a row's menu copies, pauses, resumes and deletes by the name", async () => {
  for (const name of ["Fox b", "Fox a", "Fox c"]) await server.createPublishedAgent({ name });
  await signIn("/agents?q=fox");
  const names = () => page.locator(".row-title").allTextContents();
  await soon(names).toEqual(["Fox c", "Fox a", "Fox b"]);
  await page.getByLabel("Sort by").selectOption("name");
  await soon(names).toEqual(["Fox a", "Fox b", "Fox c"]);
  expect(new URL(page.url()).search).toBe("?q=fox&sort=name");
  await page.reload();
  await soon(names).toEqual(["Fox a", "Fox b", "Fox c"]);
  expect(await page.getByLabel("Sort by").inputValue()).toBe("name");

  const row = page.getByRole("listitem").filter({ hasText: "Fox b" });
  const choose = async (item: string) => {
    await page.getByRole("button", { name: "More for Fox b" }).click();
    await row.getByRole("button", { name: item, exact: true }).click();
  };
  await page.getByRole("button", { name: "More for Fox b" }).click();
  await row.getByRole("button", { name: "Duplicate" }).waitFor();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await choose("Pause");
  await page.getByRole("dialog", { name: "Pause “Fox b”?" }).getByRole("button", { name: "Pause" }).click();
  await row.getByText("Paused").waitFor();
  await choose("Resume");
  await row.getByText("Live").waitFor();
  await choose("Delete");
  const dialog = page.getByRole("dialog", { name: "Delete “Fox b”?" });
  await dialog.getByLabel("Type Fox b to go on").fill("fox");
  await dialog.getByRole("button", { name: "Delete agent" }).click();
  await expectAccessible(page);
  await dialog.getByLabel("Type Fox b to go on").fill("Fox b");
  await page.keyboard.press("Enter");
  await soon(async () => (await server.call("GET", "/agents?q=fox%20b")).body.data.length).toBe(0);
  await soon(names).toEqual(["Fox a", "Fox c"]);
  await page.getByRole("button", { name: "More for Fox a" }).click();
  await page.getByRole("button", { name: "Duplicate" }).last().waitFor();
  await page.locator(".row-menu:popover-open").getByRole("button", { name: "Duplicate" }).click();
  await heading("Copy of Fox a");
  await page.getByText("Draft", { exact: true }).waitFor();
});

test("a prompt worded by hand shows the generated one, which can be taken back; language, greeting and starters are saved", async () => {
  const { wizard_id: id } = await server.ok("POST", "/agents/wizard/start", { body: { name: "Hand" } });
  const voice = { personality: "Calm", tone: "warm", system_prompt: "Mine alone." };
  await server.ok("PUT", `/agents/wizard/${id}/step/1`, { body: { name: "Hand" } });
  await server.ok("PUT", `/agents/wizard/${id}/step/2`, { body: voice });
  await signIn(`/agents/${id}`);
  await page.getByText("You have worded the prompt yourself").click();
  await expectAccessible(page);
  await page.getByRole("main").getByLabel("Language").selectOption("es");
  await page.getByLabel("Greeting").fill("¡Hola!");
  await page.getByLabel("Starter 1").fill("¿Precios?");
  await page.getByRole("button", { name: "Save changes" }).click();
  await toast("Saved.");
  const kept = () => server.ok("GET", `/agents/${id}`);
  expect(await kept()).toMatchObject({
    system_prompt: "Mine alone.",
    config: { locale: "es", greeting: "¡Hola!", starters: ["¿Precios?"], step_2_data: { language: "es", greeting: "¡Hola!" } },
  });
  await soon(() => page.getByLabel("Generated prompt").inputValue()).toMatch(/^Eres Hand,/);
  await page.getByRole("button", { name: "Use the generated one" }).click();
  await page.getByRole("button", { name: "Save changes" }).click();
  await soon(async () => (await kept()).config.system_prompt_source).toBe("written");
  expect((await kept()).system_prompt).toMatch(/^Eres Hand,[^]*> ¡Hola!/);
  await page.getByText("You have worded the prompt yourself").waitFor({ state: "detached" });
});

test("appearance: the real chat wears unsaved colours, a draft's as well, the contrast is told, the tag carries what is saved", async () => {
  const agent = await server.createPublishedAgent({ name: "Painter" });
  await signIn(`/agents/${agent.id}/appearance`);
  const chat = page.frameLocator("iframe").getByRole("region", { name: "Painter" });
  await chat.waitFor();
  await page.getByLabel("Colour", { exact: false }).and(page.locator("#color")).fill("#ffee00");
  await soon(() => chat.evaluate((panel) => getComputedStyle(panel).getPropertyValue("--accent"))).toBe("#ffee00");
  await page.getByText("Black text on it:").waitFor();
  await page.getByText("hard to see on light pages").waitFor();
  await page.getByLabel("Theme").selectOption("dark");
  await soon(() => chat.evaluate((panel) => getComputedStyle(panel).colorScheme)).toBe("dark");
  await page.getByLabel("Corner").selectOption("bottom-left");
  await expectAccessible(page, { part: "main form" });
  await page.getByLabel("Address of a picture").fill("ftp://x.example/a.png");
  await page.getByRole("button", { name: "Save changes" }).click();
  expect(await page.locator("#avatar_url:invalid").count()).toBe(1);
  await page.getByLabel("Address of a picture").fill("");
  // Of any size and kind that the browser reads; what is sent is small.
  const chooser = page.getByLabel("Or upload one");
  await chooser.setInputFiles({ name: "words.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
  await page.getByRole("alert").getByText("no picture that your browser can read").waitFor();
  const svg = Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="300"><rect width="900" height="300" fill="red"/></svg>',
  );
  const png = await page.context().newPage();
  await png.setContent(svg.toString());
  await chooser.setInputFiles({ name: "wide.png", mimeType: "image/png", buffer: await png.screenshot() });
  await png.close();
  await expect.poll(() => page.getByLabel("Address of a picture").inputValue()).toMatch(/\/pictures\/[0-9a-f]{32}\.webp$/);
  const avatar_url = await page.getByLabel("Address of a picture").inputValue();
  expect((await (await fetch(avatar_url)).arrayBuffer()).byteLength).toBeLessThan(20_000);
  await page.getByRole("button", { name: "Save changes" }).click();
  // The picture was told to be saved, too.
  await soon(async () => (await server.ok("GET", `/agents/${agent.id}`)).config.appearance).toEqual({
    color: "#ffee00",
    theme: "dark",
    position: "bottom-left",
    avatar_url,
  });
  await page.getByRole("link", { name: "Publish" }).click();
  const tag = await page.getByLabel("Embed tag").textContent();
  expect(tag).toContain(`data-agent="painter" data-color="#ffee00" data-position="bottom-left"`);
  expect(tag).toBe((await server.publish(agent.id)).embed_snippet);
  await page.getByText("Other ways to embed it").click();
  await page.getByLabel("Where does it go?").selectOption("shopify");
  expect(await page.getByLabel("Code to embed").textContent()).toContain(`data-color="#ffee00"`);

  const draft = await server.createAgent({ name: "Unseen" });
  await page.goto(`${server.url}/admin/agents/${draft.id}/appearance`);
  await page.frameLocator("iframe").getByRole("heading", { name: "Unseen" }).waitFor();
  await expectAccessible(page);
});

test("specialists whose topics overlap are named; the routing page tries a message and shows corrections or none", async () => {
  const agent = await server.createPublishedAgent({ name: "Router" });
  await server.createSubAgent(agent.id, { name: "Prices", topics: ["Preços", "delivery cost"] });
  await server.createSubAgent(agent.id, { name: "Delivery", topics: ["delivery", "precos"] });
  await signIn(`/agents/${agent.id}/sub-agents`);
  await page.getByText("both have the topic").waitFor();
  await page.getByText("“delivery” of Delivery is part of “delivery cost” of Prices.").waitFor();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Routing" }).click();
  await page.getByText("No corrections yet").waitFor();
  await page.getByLabel("Message", { exact: true }).fill("delivery please");
  await page.getByRole("button", { name: "Ask" }).click();
  await page.getByText("Specialists asked about").waitFor();
  await page.getByText("Choosing took").waitFor();
  await expectAccessible(page);
});

test("the install check tells where the chat was opened, and the card is printed alone", async () => {
  const agent = await server.createPublishedAgent({ name: "Seen shop" });
  await signIn(`/agents/${agent.id}/publish`);
  await page.getByText("Not seen on any website yet").waitFor();
  await expectAccessible(page);
  await fetch(`${server.url}/public/agents/${agent.slug}/sessions`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: "https://shop.example" },
    body: JSON.stringify({ widget_version: "1.2.3" }),
  });
  expect((await server.ok("GET", `/agents/${agent.id}/installs`)).data.map((one: AgentInstall) => one.origin)).toEqual([
    "https://shop.example",
  ]);
  await page.getByRole("button", { name: "Look again" }).click();
  const seen = page.getByRole("list", { name: "Websites" });
  await seen.getByText("https://shop.example").waitFor();
  await soon(() => seen.innerText()).toMatch(/Last seen just now[^]*widget 1\.2\.3[^]*at least 1 conversation/);
  await expectAccessible(page);

  await page.evaluate(() => {
    window.print = () => {
      const shown = [...document.body.children].filter((one) => getComputedStyle(one).display !== "none");
      document.title = `${shown.length} ${(shown[0] as HTMLElement).innerText}`;
    };
  });
  await page.emulateMedia({ media: "print" });
  await page.getByRole("button", { name: "Print a card", includeHidden: true }).click();
  await soon(() => page.title()).toMatch(/^1 Seen shop\s+Scan the code and write to us\.\s+127\.0\.0\.1:\d+\/a\/seen-shop/);
  await page.emulateMedia({ media: "screen" });
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  expect(await page.locator(".print-card").count()).toBe(0);
});

test("every page of an agent fits a phone in the dark", async () => {
  await open({ viewport: { width: 375, height: 740 }, colorScheme: "dark" });
  const agent = await server.createPublishedAgent({ name: "Pocket agent with quite a long name", description: "Short." });
  await server.createSubAgent(agent.id, { name: "Prices", topics: ["prices"] });
  await signIn("/agents?q=pocket");
  await page.getByRole("button", { name: /^More for Pocket/ }).click();
  await page.locator(".row-menu:popover-open").waitFor();
  await fits();
  await expectAccessible(page);
  for (const [tab, ready] of [
    ["", "Save changes"],
    ["/appearance", "Save changes"],
    ["/sub-agents", "New sub-agent"],
    ["/routing", "Ask"],
    ["/publish", "Print a card"],
  ] as const) {
    await page.goto(`${server.url}/admin/agents/${agent.id}${tab}`);
    await page.getByRole("button", { name: ready }).waitFor();
    await fits();
    const { left, right } = await page.locator(".tabs [aria-current]").evaluate((one) => one.getBoundingClientRect().toJSON());
    expect(left).toBeGreaterThanOrEqual(0);
    expect(right).toBeLessThanOrEqual(375);
    await expectAccessible(page, { part: tab === "/appearance" ? "main form" : "html" });
  }
});
