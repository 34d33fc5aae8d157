import { createRequire } from "node:module";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { PNG } from "pngjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { startOpenAiServer, type OpenAiServer } from "../support/openai-server.ts";
import { ADMIN, startTestServer, type TestServer } from "../support/server.ts";

// Its types speak of a default export, the file of a function.
const jsQR = createRequire(import.meta.url)("jsqr") as typeof import("jsqr").default;
const LONG = Array.from({ length: 80 }, (_, at) => `word${at + 1}`).join(" ");
const soon = { timeout: 15_000 };

let model: OpenAiServer;
let server: TestServer;
let browser: Browser;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  [model, browser] = await Promise.all([startOpenAiServer(), launchChromium()]);
  server = await startTestServer({ environment: { OPENAI_BASE_URL: model.url } });
  model.behave(({ user, isRouting }) => {
    if (isRouting) return { text: JSON.stringify({ topic: /deliver/i.test(user) ? "delivery" : "none" }) };
    return user.startsWith("Tell me everything") ? { text: LONG, chunkDelayMs: 60 } : { text: `About “${user}”: yes.` };
  });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
});

async function open(width: number, height: number): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height }, locale: "en-US", reducedMotion: "reduce" });
  contexts.push(context);
  context.setDefaultTimeout(15_000);
  return await context.newPage();
}

function decode(picture: Buffer): string | undefined {
  const { data, width, height } = PNG.sync.read(picture);
  return jsQR(new Uint8ClampedArray(data), width, height)?.data;
}
/** Prints the card and reads the code on the paper, on which there is nothing else; afterwards the panel is as it was. */
async function printedAddress(page: Page): Promise<string> {
  const printing = page.evaluate(() => new Promise<void>((called) => Object.assign(window, { print: () => called() })));
  await page.getByRole("button", { name: "Print a card" }).click();
  await printing;
  await page.emulateMedia({ media: "print" });
  const words = (await page.locator("body").innerText()).split(/\n+/).filter((line) => line.trim() !== "");
  expect(words).toEqual([
    "Northwind Bakery",
    "Scan the code and write to us.",
    server.url.replace("http://", "") + "/a/northwind-bakery",
  ]);
  expect(await page.getByRole("navigation").filter({ visible: true }).count()).toBe(0);
  expect(await page.getByRole("button").filter({ visible: true }).count()).toBe(0);
  const address = decode(await page.screenshot({ fullPage: true }));
  await page.emulateMedia({ media: null });
  await page.getByRole("navigation", { name: "Main" }).waitFor();

  // A real printer: one sheet, and the end of the printing is told to the page.
  const paper = (await page.pdf({ format: "A4" })).toString("latin1");
  expect(paper.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
  await page.locator(".print-card").waitFor({ state: "detached" });
  expect(await page.locator("body").getAttribute("class")).toBeFalsy();
  return address!;
}

test("from an empty database to a conversation that a person has taken over, and back", { timeout: 120_000 }, async () => {
  const page = await open(1360, 860);
  await page.goto(server.url);
  await page.getByLabel("E-mail").fill(ADMIN.email);
  await page.getByLabel("Password").fill(ADMIN.password);
  await page.getByRole("button", { name: "Sign in" }).click();

  // Five screens: the empty list's offer, and the four steps.
  await page
    .getByRole("link", { name: /Create (your first|an) agent/ })
    .first()
    .click();
  await page.getByLabel("Name", { exact: true }).fill("Northwind Bakery");
  await page.getByText("Scheduling", { exact: true }).click();
  await page.getByLabel("Field of work").fill("Bakery");
  await expect.poll(() => page.url(), soon).toMatch(/\/wizard\/1$/);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { name: "How it speaks" }).waitFor();
  await page.getByLabel("Greeting").fill("Fresh bread today!");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { name: "What it asks for" }).waitFor();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { name: "Where it works" }).waitFor();
  const preview = page.frameLocator("iframe");
  await preview.getByRole("textbox").fill("Do you bake rye?");
  await preview.getByRole("button", { name: "Send" }).click();
  await preview.getByRole("listitem").getByText("About “Do you bake rye?”: yes.").waitFor();
  await page.getByRole("button", { name: "Publish", exact: true }).click();

  const code = page.getByAltText("QR code that opens the page of Northwind Bakery");
  await code.waitFor();
  expect(decode(await code.screenshot())).toBe(`${server.url}/a/northwind-bakery`);
  const url = await printedAddress(page);
  expect(url).toBe(`${server.url}/a/northwind-bakery`);

  // A specialist, so that there is a choice to correct.
  const { data: agents } = await server.ok("GET", "/agents");
  const [agent] = agents.filter(({ slug }: { slug: string }) => slug === "northwind-bakery");
  await server.createSubAgent(agent.id, { name: "Delivery desk", topics: ["delivery"] });

  const phone = await open(375, 700);
  await phone.goto(url);
  const field = phone.getByRole("textbox", { name: "Write a message" });
  const say = async (text: string) => {
    await field.fill(text);
    await field.press("Enter");
  };
  const bubbles = () => phone.locator("renus-chat ol > li .bubble").allInnerTexts();
  await phone.getByRole("heading", { name: "Fresh bread today!" }).waitFor();

  await page.getByRole("link", { name: /^Conversations/ }).click();
  await page.getByText("No conversations yet").waitFor();
  await say("Do you deliver?");
  await page.locator(".desk-row", { hasText: "Do you deliver?" }).click();
  const log = page.getByRole("log", { name: "Messages" });
  await log.getByText("About “Do you deliver?”: yes.").waitFor();

  await say("Tell me everything");
  await log.getByText("word5").waitFor();
  await page.getByRole("button", { name: "Take over" }).click();
  await phone.locator("renus-chat ol").getByText("joined the conversation").waitFor();
  const after = model.requests.length;
  const cut = await bubbles();
  expect(cut.at(-1)).not.toContain("word80");
  const composer = page.getByRole("textbox", { name: "Message to the visitor" });
  await composer.fill("A person here: what would you like to know?");
  await composer.press("Enter");
  await say("Only whether you deliver.");
  await log.getByText("Only whether you deliver.", { exact: true }).waitFor();
  expect(await bubbles()).toEqual([...cut, "A person here: what would you like to know?", "Only whether you deliver."]);
  expect(model.requests.length).toBe(after);

  await page.getByRole("button", { name: "Hand back" }).click();
  await phone.locator("renus-chat ol").getByText("The assistant is back").waitFor();
  await expect.poll(bubbles, soon).toContain("About “Only whether you deliver.”: yes.");

  const why = log.locator("details.trace").first();
  await why.locator("summary").click();
  await why.getByText("Delivery desk", { exact: true }).first().waitFor();
  await log.getByText("Wrong specialist?").first().click();
  await log.getByLabel("Who should have answered?").first().selectOption({ label: "The main agent" });
  await log.getByText("Should have been: the main agent").waitFor();
  const { data: examples } = await server.ok("GET", `/agents/${agent.id}/routing-examples`);
  expect(examples).toMatchObject([{ text: "Do you deliver?", expected_sub_agent_id: null }]);
});
