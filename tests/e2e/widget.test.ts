import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Agent } from "../../protocol/resources.ts";
import { expectAccessible } from "../support/accessible.ts";
import { launchChromium } from "../support/chromium.ts";
import { startOpenAiServer, type OpenAiServer } from "../support/openai-server.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const SLOW = Array.from({ length: 24 }, (_, at) => `word${at + 1} `);
const SLOW_TEXT = SLOW.join("").trim();

let model: OpenAiServer;
let server: TestServer;
let browser: Browser;
let agent: Agent;
let context: BrowserContext;
let page: Page;
/** What the browser complained about: refused by the policy, thrown, not caught. */
let complaints: string[];

beforeAll(async () => {
  [model, browser] = await Promise.all([startOpenAiServer(), launchChromium()]);
  model.behave(({ user }) => {
    if (user.startsWith("slow")) return { chunks: SLOW, chunkDelayMs: 120 };
    if (user.startsWith("fail")) return { status: 400, error: { message: "no" } };
    if (user.startsWith("xss"))
      return { text: '<img src=x onerror="window.hacked=1"> [x](javascript:window.hacked=1) <script>window.hacked=1</script>' };
    return { text: `You said **${user}**.` };
  });
  server = await startTestServer({ environment: { OPENAI_BASE_URL: model.url } });
  agent = await server.createPublishedAgent({
    name: "Bakery & <b>Co</b>",
    description: 'Answers "questions" about cakes.',
    config: { greeting: "Hi there!", starters: ["When are you open?"] },
  });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
});
beforeEach(async () => {
  context = await browser.newContext({
    viewport: { width: 1024, height: 768 },
    locale: "en-US",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  context.setDefaultTimeout(15_000);
  complaints = [];
  page = await open();
});
afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

async function open(): Promise<Page> {
  const opened = await context.newPage();
  opened.on("pageerror", (err) => complaints.push(String(err)));
  opened.on("console", (message) => {
    if (
      message.type() === "error" &&
      !/Failed to load resource|WebSocket connection|ERR_INTERNET_DISCONNECTED/.test(message.text())
    )
      complaints.push(message.text());
  });
  return opened;
}
const field = (at = page) => at.getByRole("textbox", { name: "Write a message" });
const bubbles = (at = page) => at.locator("ol > li .bubble");
const status = (text: string, at = page) => at.locator(".status").getByText(text);
async function say(text: string, at = page): Promise<void> {
  await field(at).fill(text);
  await field(at).press("Enter");
}
const texts = async (at = page) => (await bubbles(at).allInnerTexts()).map((text) => text.trim());

describe("the public page", () => {
  const visit = (at = page, query = "") => at.goto(`${server.url}/a/${agent.slug}${query}`);

  test("greets, answers as a stream, and marks the message as read", async () => {
    await visit();
    expect(await page.title()).toBe("Bakery & <b>Co</b>");
    await page.getByRole("heading", { name: "Hi there!" }).waitFor();
    await expectAccessible(page);
    await say("hello");
    await page.locator("li.message strong", { hasText: "hello" }).waitFor();
    expect(await texts()).toEqual(["hello", "You said hello."]);
    // What a screen reader says before each message.
    const spoken = await page.locator("li.message > .hidden").allTextContents();
    expect(spoken.map((text) => text.replace(/\d.*/, "time").trim())).toEqual([
      "You wrote time",
      "Bakery & <b>Co</b> wrote time",
    ]);
    await page.getByText("Read", { exact: true }).waitFor();
    await expectAccessible(page);
  });

  test("a starter prompt is one click", async () => {
    await visit();
    await page.getByRole("button", { name: "When are you open?" }).click();
    await bubbles().nth(1).waitFor();
    expect((await texts())[0]).toBe("When are you open?");
  });

  test("a reply goes on after a reload in the middle of it, and a second tab sees the same", async () => {
    await visit();
    await say("slow please");
    await bubbles().nth(1).getByText("word3").waitFor();
    await page.reload();
    await bubbles().nth(1).getByText("word6").waitFor();
    const second = await open();
    await visit(second);
    await bubbles(second).nth(1).getByText("word9").waitFor();
    for (const tab of [page, second]) {
      await bubbles(tab).nth(1).getByText("word24").waitFor();
      await expect.poll(() => texts(tab)).toEqual(["slow please", SLOW_TEXT]);
    }
    await say("from the second tab", second);
    await bubbles().nth(2).getByText("from the second tab").waitFor();
  });

  test("what is written offline waits, survives a reload, and goes out once", async () => {
    await visit();
    await status("AI assistant").waitFor();
    await context.setOffline(true);
    await status("Offline").waitFor();
    await say("written in a tunnel");
    await page.getByText("Sending").waitFor();
    await context.setOffline(false);
    await page.locator("li.message strong", { hasText: "written in a tunnel" }).waitFor();
    await page.reload();
    await bubbles().nth(1).waitFor();
    expect(await texts()).toEqual(["written in a tunnel", "You said written in a tunnel."]);
  });

  test("the button stops a reply", async () => {
    await visit();
    await say("slow again");
    await bubbles().nth(1).getByText("word2").waitFor();
    await page.getByRole("button", { name: "Stop reply" }).click();
    await page.getByText("Stopped").waitFor({ state: "attached" });
    expect((await texts())[1]).not.toContain("word24");
  });

  test("a reply that fails says so, and Retry asks for another", async () => {
    await visit();
    await say("fail now");
    const retry = page.getByRole("button", { name: "Retry" });
    await page.getByRole("alert").getByText("The reply did not arrive.").waitFor();
    await expectAccessible(page);
    const before = model.replies.length;
    await retry.click();
    await expect.poll(() => model.replies.length).toBeGreaterThan(before);
  });

  test("nothing that a model or a person writes becomes markup", async () => {
    await visit();
    await say('xss <img src=x onerror="window.hacked=1">');
    await bubbles().nth(1).getByText("onerror").waitFor();
    expect(await page.evaluate(() => "hacked" in window)).toBe(false);
    expect(await page.locator("li.message img, li.message script, li.message a").count()).toBe(0);
  });

  test("Shift+Enter breaks the line, the draft survives a reload, a text over the limit is kept and not sent", async () => {
    await visit();
    await field().fill("one");
    await field().press("Shift+Enter");
    await field().pressSequentially("two");
    await page.reload();
    await expect.poll(() => field().inputValue()).toBe("one\ntwo");
    await field().fill("x".repeat(4001));
    await page.getByText("1 characters too long").waitFor();
    await field().press("Enter");
    expect(await field().inputValue()).toHaveLength(4001);
    expect(await bubbles().count()).toBe(0);
  });

  test("?src= is kept with the conversation", async () => {
    await visit(page, "?src=flyer");
    await status("AI assistant").waitFor();
    await say("hello from the flyer");
    await bubbles().nth(1).waitFor();
    const { data } = await server.ok("GET", `/conversations?agent_id=${agent.id}`);
    expect(data[0]).toMatchObject({ source: "flyer", locale: "en" });
  });

  test("the QR dialog opens, and closes with Escape", async () => {
    await visit();
    await page.getByRole("link", { name: "QR code" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("img", { name: "QR code" }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
  });

  test("a new conversation is empty, the old one stays with the server", async () => {
    await visit();
    await say("first");
    await bubbles().nth(1).waitFor();
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("button", { name: "New conversation" }).click();
    await page.getByRole("heading", { name: "Hi there!" }).waitFor();
    await say("second");
    await page.locator("li.message strong", { hasText: "second" }).waitFor();
    expect((await texts())[0]).toBe("second");
  });
});

describe("without JavaScript or without an agent", () => {
  test("the header is in the first bytes, the policy is strict, the head is complete", async () => {
    const res = await fetch(`${server.url}/a/${agent.slug}`);
    const text = await res.text();
    expect(res.status).toBe(200);
    expect(text).toContain("<h1><bdi>Bakery &amp; &lt;b&gt;Co&lt;/b&gt;</bdi></h1>");
    expect(text).not.toContain("<b>Co");
    for (const part of ["<title>", 'name="description"', "og:title", "og:url", "twitter:card", 'rel="manifest"', "<noscript"])
      expect(text).toContain(part);
    const policy = res.headers.get("Content-Security-Policy")!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe|\*/);
    const manifest = await (await fetch(`${server.url}/a/${agent.slug}/manifest.webmanifest`)).json();
    expect(manifest).toMatchObject({ name: "Bakery & <b>Co</b>", start_url: `/a/${agent.slug}?src=app` });
    expect((await fetch(`${server.url}/a/${agent.slug}/icon.svg`)).headers.get("Content-Type")).toContain("image/svg+xml");
  });

  test("an unknown address is a friendly 404, a paused agent says that it is paused", async () => {
    for (const slug of ["nobody", "..%2f..%2fetc", "%00", "a".repeat(500), "<script>"]) {
      const res = await fetch(`${server.url}/a/${slug}`);
      expect([slug, res.status]).toEqual([slug, 404]);
      expect(await res.text()).toContain("This chat does not exist");
    }
    const paused = await server.createPublishedAgent({ name: "Paused" });
    await server.ok("POST", `/agents/${paused.id}/unpublish`);
    const res = await page.goto(`${server.url}/a/${paused.slug}`);
    expect(res!.status()).toBe(404);
    await page.getByRole("heading", { name: "This chat is taking a break" }).waitFor();
    await expectAccessible(page);
  });
});

describe("the assets", () => {
  const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers });

  test("the loader is cached briefly, the rest for ever, for any page, compressed, with an ETag", async () => {
    const loader = await get("/widget/v1.js", { "Accept-Encoding": "br" });
    expect(loader.headers.get("Content-Encoding")).toBe("br");
    expect(loader.headers.get("Cache-Control")).toMatch(/max-age=300/);
    expect(loader.headers.get("Cross-Origin-Resource-Policy")).toBe("cross-origin");
    expect(loader.headers.get("Access-Control-Allow-Origin")).toBe("*");
    const etag = loader.headers.get("ETag")!;
    expect((await get("/widget/v1.js", { "Accept-Encoding": "br", "If-None-Match": etag })).status).toBe(304);
    const plain = await get("/widget/v1.js", { "Accept-Encoding": "br;q=0, gzip;q=0" });
    expect(plain.headers.get("Content-Encoding")).toBeNull();
    expect(plain.headers.get("ETag")).not.toBe(etag);
    const chat = /assets\/embed-[\w-]+\.js/.exec(await plain.text())![0];
    expect((await get(`/widget/${chat}`)).headers.get("Cache-Control")).toMatch(/immutable/);
  });

  test.each([
    "/widget/assets/nothing.js",
    "/widget/manifest.json",
    "/widget/assets/..%2fmanifest.json",
    "/widget/assets/%2e%2e/v1.js.br",
    "/widget/",
  ])("%s is not there", async (path) => {
    expect((await get(path)).status).toBe(404);
  });
});

describe("the widget on somebody's page", () => {
  let shop: Server;
  let shopUrl: string;
  beforeAll(async () => {
    shop = createServer((req, res) => {
      // A page whose policy knows nothing of sockets.
      const sockets = req.url!.includes("no-sockets") ? "" : server.url.replace("http", "ws");
      const policy = `default-src 'self'; script-src ${server.url}; connect-src ${server.url} ${sockets}; style-src 'self'; img-src ${server.url} data:; require-trusted-types-for 'script'; trusted-types lit-html`;
      const attributes = decodeURIComponent(new URL(req.url!, "http://x").search.slice(1));
      res.writeHead(200, { "Content-Type": "text/html", "Content-Security-Policy": policy });
      res.end(
        `<!doctype html><html lang="en"><title>Shop</title><main><h1>Shop</h1><p>${"Buy. ".repeat(400)}</p></main><script src="${server.url}/widget/v1.js" data-agent="${agent.slug}" ${attributes} async></script></html>`,
      );
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => shop.once("listening", resolve));
    shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  });
  afterAll(() => void shop?.close());

  const launcher = () => page.locator("button[aria-expanded]").first();

  test("costs one request and nothing else until somebody reaches for it; then opens, answers, closes", async () => {
    const requests: string[] = [];
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    await page.goto(shopUrl);
    await launcher().waitFor();
    await page.waitForLoadState("networkidle");
    expect(requests).toEqual(["/", "/widget/v1.js"]);
    expect(
      await page.evaluate(() => [
        localStorage.length,
        sessionStorage.length,
        document.cookie,
        Object.keys(window).filter((key) => /^(renus|lit)/i.test(key)),
      ]),
    ).toEqual([0, 0, "", ["Renus"]]);
    await expectAccessible(page);

    await launcher().click();
    await page.getByRole("dialog", { name: "Bakery" }).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.localName)).toBe("renus-chat");
    await expectAccessible(page);
    await page.keyboard.type("hello");
    await page.keyboard.press("Enter");
    await page.locator("li.message strong", { hasText: "hello" }).waitFor();
    expect(await launcher().getAttribute("aria-expanded")).toBe("true");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    expect(await launcher().getAttribute("aria-expanded")).toBe("false");
    await expect.poll(() => page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.localName)).toBe("button");
  });

  test("window.Renus keeps what is called before the chat is there", async () => {
    await page.goto(shopUrl);
    await launcher().waitFor();
    const seen = page.evaluate(
      () =>
        new Promise((resolve) =>
          (window as any).Renus.on(
            "message",
            (detail: any) => detail.message.role === "assistant" && resolve(detail.message.content),
          ),
        ),
    );
    await page.evaluate(() => (window as any).Renus.open({ message: "by script", send: true }));
    expect(await seen).toBe("You said **by script**.");
    expect(await page.evaluate(() => (window as any).Renus.isOpen())).toBe(true);
    await page.evaluate(() => (window as any).Renus.destroy());
    await expect.poll(() => page.locator("renus-chat").count()).toBe(0);
  });

  test("on a phone it is a sheet over the page that keeps Tab inside and the page still", async () => {
    await page.setViewportSize({ width: 375, height: 700 });
    await page.goto(shopUrl);
    await launcher().click();
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    await expect.poll(() => dialog.boundingBox()).toEqual({ x: 0, y: 0, width: 375, height: 700 });
    expect(await dialog.getAttribute("aria-modal")).toBe("true");
    expect(await page.evaluate(() => document.documentElement.style.overflow)).toBe("hidden");
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press("Tab");
      expect(await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.localName)).toBe("renus-chat");
    }
    await page.keyboard.press("Escape");
    await expect.poll(() => page.evaluate(() => document.documentElement.style.overflow)).toBe("");
  });

  test("where the page's policy allows no sockets, the same chat goes over HTTP", async () => {
    await page.goto(`${shopUrl}/no-sockets?data-open`);
    const dialog = page.getByRole("dialog");
    await field().fill("without sockets");
    await field().press("Enter");
    await dialog.locator("li.message strong", { hasText: "without sockets" }).waitFor();
    await say("slow as well");
    await bubbles().nth(3).getByText("word3").waitFor();
    await bubbles().nth(3).getByText("word24").waitFor();
    expect((await texts()).slice(2)).toEqual(["slow as well", SLOW_TEXT]);
    complaints = complaints.filter(
      (text) => !/violates the following Content Security Policy directive: "connect-src/.test(text),
    );
  });

  test("who has scrolled up is left there, and a click leads to what is new", async () => {
    await page.goto(`${shopUrl}/?data-open`);
    for (let i = 1; i <= 6; i++) {
      await say(`line ${i}\n\n1\n2\n3`);
      await bubbles()
        .nth(i * 2 - 1)
        .waitFor();
    }
    await say("slow once more");
    await bubbles().nth(13).getByText("word2").waitFor();
    const scroller = page.locator(".scroller");
    const fromEnd = () => scroller.evaluate((node) => node.scrollHeight - node.scrollTop - node.clientHeight);
    await expect.poll(fromEnd).toBeLessThan(2);
    await scroller.hover();
    await page.mouse.wheel(0, -2000);
    await expect.poll(fromEnd).toBeGreaterThan(200);
    await bubbles().nth(13).getByText("word24").waitFor();
    expect(await scroller.evaluate((node) => node.scrollTop)).toBeLessThan(200);
    await say("one more line");
    await expect.poll(fromEnd).toBeLessThan(2);
  });

  test("speaks the language that the tag names", async () => {
    await page.goto(`${shopUrl}/?${encodeURIComponent('data-lang="pt-BR" data-open')}`);
    await page.getByRole("textbox", { name: "Escreva uma mensagem" }).waitFor();
  });
});
