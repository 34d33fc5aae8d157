import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SYSTEM } from "../../api/db/actor.ts";
import { appendMessage } from "../../api/services/messages/append-message.ts";
import type { Agent } from "../../protocol/resources.ts";
import { expectAccessible } from "../support/accessible.ts";
import { launchChromium } from "../support/chromium.ts";
import { startOpenAiServer, type OpenAiServer } from "../support/openai-server.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

/** Code, a table and emphasis, in pieces that cut every mark in two. */
const RICH =
  "Here is **bold** and a [link](https://example.com/x).\n\n```js\nconst a = 1;\n```\n\n| Cake | Price |\n|---|---:|\n| Apple | 3 |\n\n- one\n- two\n";
const PIECES = RICH.match(/[^]{1,3}/g)!;

let model: OpenAiServer;
let server: TestServer;
let browser: Browser;
let cakes: Agent;
let tools: Agent;
let shop: Server;
let shopUrl: string;
let body = "";
let context: BrowserContext;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  [model, browser] = await Promise.all([startOpenAiServer(), launchChromium()]);
  model.behave(({ user }) => {
    if (user.startsWith("slow")) return { chunks: Array.from({ length: 40 }, (_, at) => `word${at + 1} `), chunkDelayMs: 100 };
    if (user.startsWith("rich")) return { chunks: PIECES, chunkDelayMs: 15 };
    return { text: `You said **${user}**.` };
  });
  server = await startTestServer({ environment: { OPENAI_BASE_URL: model.url, MESSAGES_PER_MINUTE: "1000" } });
  cakes = await server.createPublishedAgent({ name: "Cakes", config: { greeting: "Cake?", starters: ["When?"] } });
  tools = await server.createPublishedAgent({ name: "Tools", config: { greeting: "Tools?" } });
  shop = createServer((_req, res) => {
    res.writeHead(200, {
      "Content-Type": "text/html",
      "Content-Security-Policy": `default-src 'self'; script-src ${server.url}; connect-src ${server.url} ${server.url.replace("http", "ws")}; style-src 'self'; img-src data:; require-trusted-types-for 'script'; trusted-types lit-html`,
    });
    res.end(`<!doctype html><html lang="en"><title>Shop</title><main><h1>Shop</h1>${body}</main></html>`);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => shop.once("listening", resolve));
  shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  await browser?.close();
  shop?.close();
  await server?.stop();
  await model?.stop();
});
const begin = async (options: Parameters<Browser["newContext"]>[0] = {}) => {
  await context?.close();
  context = await browser.newContext({ viewport: { width: 1024, height: 768 }, locale: "en-US", ...options });
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
  page.on("pageerror", (err) => complaints.push(String(err)));
};
beforeEach(async () => {
  complaints = [];
  await begin();
});
afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

const tag = (agent: Agent, more = "") =>
  `<script src="${server.url}/widget/v1.js" data-agent="${agent.slug}" ${more} async></script>`;
const visit = async (html: string) => {
  body = html;
  await page.goto(shopUrl);
};
const launchers = () => page.locator("button[aria-expanded][aria-label*='chat' i]");
const field = () => page.getByRole("textbox", { name: "Write a message" });
const bubbles = () => page.locator("ol > li .bubble");
const say = async (text: string) => {
  await field().fill(text);
  await field().press("Enter");
};

describe("several on one page", () => {
  test("the loader twice for one agent draws one launcher", async () => {
    await visit(tag(cakes) + tag(cakes));
    await launchers().first().waitFor();
    await page.waitForLoadState("networkidle");
    expect(await launchers().count()).toBe(1);
    await launchers().click();
    await field().waitFor();
    await page.evaluate((slug) => (window as any).Renus.mount({ agent: slug }), cakes.slug);
    expect(await page.locator("renus-chat").count()).toBe(1);
  });

  test("two agents, each with a launcher, a panel and a conversation of its own", async () => {
    // Async scripts run in any order; the first here shall be the first.
    await visit((tag(cakes) + tag(tools, 'data-position="bottom-left"')).replaceAll(" async", ""));
    await expect.poll(() => launchers().count()).toBe(2);
    const [left, right] = [await launchers().nth(1).boundingBox(), await launchers().nth(0).boundingBox()];
    expect(Math.abs(left!.x - right!.x)).toBeGreaterThan(500);
    await launchers().nth(0).click();
    await page.getByRole("dialog", { name: "Cakes" }).getByRole("textbox").fill("cake");
    await page.keyboard.press("Enter");
    await page.locator("li.message strong", { hasText: "cake" }).waitFor();
    await page.keyboard.press("Escape");
    await launchers().nth(1).click();
    const second = page.getByRole("dialog", { name: "Tools" });
    await second.getByRole("heading", { name: "Tools?" }).waitFor();
    expect(await second.locator("li.message").count()).toBe(0);
    await second.getByRole("textbox").fill("hammer");
    await page.keyboard.press("Enter");
    await second.locator("li.message strong", { hasText: "hammer" }).waitFor();
    expect(await second.locator("li.message").count()).toBe(2);
  });
});

describe("an element in the page", () => {
  test("is open from the start, answers, has no close button, and Escape leaves it", async () => {
    await visit(
      `<renus-chat agent="${cakes.slug}" mode="inline" lang="en"></renus-chat><script src="${server.url}/widget/v1.js" async></script>`,
    );
    const region = page.getByRole("region", { name: "Cakes" });
    await region.getByRole("heading", { name: "Cake?" }).waitFor();
    await expectAccessible(page);
    expect(await page.getByRole("dialog").count()).toBe(0);
    expect(await page.getByRole("button", { name: "Close chat" }).count()).toBe(0);
    expect(await launchers().count()).toBe(0);
    await say("inline");
    await page.locator("li.message strong", { hasText: "inline" }).waitFor();
    await page.keyboard.press("Escape");
    expect(await region.isVisible()).toBe(true);
    const box = (await page.locator("renus-chat").boundingBox())!;
    expect(box.height).toBe(560);
  });
});

describe("a long conversation", () => {
  test("shows earlier messages on a click and keeps in view what was in view", async () => {
    await visit(tag(cakes, "data-open"));
    await say("first line");
    await bubbles().nth(1).waitFor();
    const { conversation_id, visitor_id } = await page.evaluate(() =>
      JSON.parse(localStorage.getItem(Object.keys(localStorage).find((key) => key.startsWith("renus:session:"))!)!),
    );
    await remember(conversation_id, visitor_id, 60);
    await page.reload();
    const older = page.getByRole("button", { name: "Show earlier messages" });
    await expect.poll(() => page.locator("li.message").count()).toBe(50);
    const scroller = page.locator(".scroller");
    await scroller.hover();
    await page.mouse.wheel(0, -20_000);
    await older.waitFor();
    const top = bubbles().first();
    const [text, before] = [await top.innerText(), (await top.boundingBox())!.y];
    await older.click();
    await expect.poll(() => page.locator("li.message").count()).toBeGreaterThan(60);
    expect(await older.count()).toBe(0);
    const same = bubbles().getByText(text, { exact: true });
    await expect.poll(async () => Math.abs((await same.boundingBox())!.y - before)).toBeLessThan(2);
    expect(await bubbles().first().innerText()).toContain("first line");
  });
});

describe("how it looks and moves", () => {
  test("dark and on a phone; what is written offline goes out", async () => {
    await begin({ colorScheme: "dark", viewport: { width: 360, height: 700 } });
    await visit(tag(cakes));
    await launchers().click();
    await page.getByRole("heading", { name: "Cake?" }).waitFor();
    expect(await page.locator(".panel").evaluate((node) => getComputedStyle(node).backgroundColor)).toBe("rgb(23, 25, 30)");
    await say("rich");
    await page.locator("li.message table").waitFor();
    await page.locator("li.message li", { hasText: "two" }).waitFor();
    await context.setOffline(true);
    await page.getByText("Messages will be sent when you are back online.").waitFor();
    await say("into the tunnel");
    await page.getByText("Sending").waitFor();
    await context.setOffline(false);
    await page.locator("li.message strong", { hasText: "into the tunnel" }).waitFor();
  });

  test.each(["no-preference", "reduce"] as const)("motion: %s", async (reducedMotion) => {
    await begin({ reducedMotion });
    await visit(tag(cakes));
    await launchers().click();
    await say("slow");
    await bubbles().nth(1).getByText("word2").waitFor();
    // The mark at the end of a growing reply pulses, the panel fades in.
    const running = () =>
      page
        .locator("renus-chat")
        .evaluate((node) => node.shadowRoot!.getAnimations().some((one) => (one as CSSAnimation).animationName === "pulse"));
    const fade = await page.locator(".panel").evaluate((node) => getComputedStyle(node).transitionDuration);
    if (reducedMotion === "reduce") expect([await running(), fade]).toEqual([false, "0s"]);
    else expect([await running(), fade]).toEqual([true, "0.16s, 0.16s"]);
  });

  test("code and tables come when the first of them does, and no mark flashes while they are written", async () => {
    await visit(tag(cakes, "data-open"));
    const fetched: string[] = [];
    page.on("request", (request) => fetched.push(request.url()));
    await field().waitFor();
    await page.evaluate(() => {
      const seen = ((window as any).seen = new Set<string>());
      const look = () => {
        const list = document.querySelector("html > div")?.shadowRoot?.querySelector("renus-chat")?.shadowRoot;
        const messages = list?.querySelectorAll("li.message") ?? [];
        seen.add(messages[1]?.querySelector<HTMLElement>(".text")?.textContent ?? "");
        requestAnimationFrame(look);
      };
      look();
    });
    await say("rich");
    await page.locator("li.message li", { hasText: "two" }).waitFor();
    await page.locator("li.message .tools").waitFor({ state: "attached" });
    expect(await page.locator("li.message th").allInnerTexts()).toEqual(["Cake", "Price"]);
    expect(await page.locator("li.message pre code").innerText()).toBe("const a = 1;");
    expect(await page.locator("li.message .code").evaluate((node) => getComputedStyle(node).borderRadius)).toBe("10px");
    const modules = fetched.filter((url) => url.includes("/widget/assets/"));
    const texts = await Promise.all(modules.map(async (url) => (await fetch(url)).text()));
    expect(texts.filter((text) => text.includes("code-bar"))).toHaveLength(1);
    const frames: string[] = await page.evaluate(() => [...(window as any).seen]);
    expect(frames.length).toBeGreaterThan(10);
    expect(frames.filter((text) => /\*\*|```|\]\(|https?:|\|-/.test(text))).toEqual([]);
  });

  test("the menu is worked with keys alone", async () => {
    await visit(tag(cakes, "data-open"));
    await say("keep this");
    await page.locator("li.message strong", { hasText: "keep this" }).waitFor();
    const menu = page.getByRole("button", { name: "More" });
    await menu.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Download transcript" }).waitFor();
    expect(await menu.getAttribute("aria-expanded")).toBe("true");
    await page.keyboard.press("Escape");
    expect(await menu.getAttribute("aria-expanded")).toBe("false");
    expect(await page.getByRole("dialog").isVisible()).toBe(true);
    await page.keyboard.press("Enter");
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download transcript" }).press("Enter");
    expect((await download).suggestedFilename()).toBe(`${cakes.slug}.txt`);
  });

  test("visitors download what is kept about them, and delete it once they are sure", async () => {
    await visit(tag(cakes, "data-open"));
    await say("remember these words");
    await page.locator("li.message strong", { hasText: "remember these words" }).waitFor();
    const menu = async (name: string) => {
      await page.getByRole("button", { name: "More" }).click();
      await page.getByRole("button", { name }).click();
    };
    const download = page.waitForEvent("download");
    await menu("Download my data");
    const file = await download;
    expect(file.suggestedFilename()).toBe(`${cakes.slug}.json`);
    const kept = JSON.parse(readFileSync(await file.path(), "utf8"));
    expect(kept.conversations[0].messages[0].content).toBe("remember these words");
    const { id } = kept.visitor;

    await menu("Delete my data");
    await page.getByText("This cannot be undone.").waitFor();
    expect(
      await page
        .getByRole("button", { name: "Keep it" })
        .evaluate((node) => node === (node.getRootNode() as ShadowRoot).activeElement),
    ).toBe(true);
    await expectAccessible(page);
    await page.keyboard.press("Enter");
    expect(await page.locator("li.message").count()).toBeGreaterThan(0);
    await menu("Delete my data");
    await page.getByRole("button", { name: "Delete everything" }).click();
    await page.locator("li.message").first().waitFor({ state: "detached" });
    expect((await server.call("GET", `/visitors/${id}/export`)).status).toBe(404);
    await say("somebody new");
    await page.locator("li.message strong", { hasText: "somebody new" }).waitFor();
  });

  test("long words to agree to before the first message: the button stays in view and has the focus at each opening", async () => {
    const consent = { text: "My words. ".repeat(99) };
    const clinic = await server.createPublishedAgent({ name: "Clinic", config: { starters: ["When?"], consent } });
    await begin({ viewport: { width: 375, height: 600 } });
    await visit(`<meta name="viewport" content="width=device-width, initial-scale=1">${tag(clinic)}`);
    await launchers().press("Enter");
    const agree = page.getByRole("button", { name: "I agree" });
    const hasFocus = () => agree.evaluate((node) => node === (node.getRootNode() as ShadowRoot).activeElement);
    await expect.poll(hasFocus).toBe(true);
    const { y, height } = (await agree.boundingBox())!;
    expect(y + height).toBeLessThanOrEqual(600);
    expect(await page.getByText("When?").isVisible()).toBe(false);
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await agree.waitFor({ state: "hidden" });
    await page.keyboard.press("Enter");
    await expect.poll(hasFocus).toBe(true);
    await page.keyboard.press("Enter");
    await say("agreed");
    await page.locator("li.message strong", { hasText: "agreed" }).waitFor();
  });

  test("320 pixels wide: nothing is cut off or scrolls sideways", async () => {
    await begin({ viewport: { width: 320, height: 568 }, hasTouch: true, isMobile: true });
    await visit(`<meta name="viewport" content="width=device-width, initial-scale=1">${tag(cakes)}`);
    await launchers().tap();
    await say(`rich ${"long".repeat(60)}`);
    await page.locator("li.message table").waitFor();
    const [width, scroll] = await page.locator(".scroller").evaluate((node) => [node.clientWidth, node.scrollWidth]);
    expect(scroll).toBeLessThanOrEqual(width!);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    expect(await field().evaluate((node) => getComputedStyle(node).fontSize)).toBe("16px");
  });
});

/** What was said long ago, without waiting for replies. */
async function remember(conversationId: string, visitorId: string, count: number): Promise<void> {
  await server.deps.db.as(SYSTEM, async (trx) => {
    for (let at = 1; at <= count; at++) {
      await appendMessage(trx, {
        conversation_id: conversationId,
        role: "visitor",
        content: `line number ${at}`,
        sender_id: visitorId,
        sender_name: null,
      });
    }
  });
}
