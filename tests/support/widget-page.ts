import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import type { Agent } from "../../protocol/resources.ts";
import { launchChromium } from "./chromium.ts";
import { startOpenAiServer, type OpenAiServer } from "./openai-server.ts";
import { startTestServer, type TestServer } from "./server.ts";

/** Somebody's page under a strict policy with Trusted Types, a server whose model the test leads, and a browser. */
export interface WidgetSite {
  readonly server: TestServer;
  readonly model: OpenAiServer;
  readonly browser: Browser;
  /** Origin of the page. Every path of it shows the same. */
  readonly url: string;
  /** What the page shows from its next load on; `css` is a file that it links. */
  show(body: string, page?: { css?: string; attributes?: string }): void;
  tag(agent: Agent, attributes?: string): string;
  stop(): Promise<void>;
}

export async function startWidgetSite(): Promise<WidgetSite> {
  const [model, browser] = await Promise.all([startOpenAiServer(), launchChromium()]);
  const server = await startTestServer({ environment: { OPENAI_BASE_URL: model.url, MESSAGES_PER_MINUTE: "1000" } });
  let shown = { body: "", css: "", attributes: 'lang="en"' };
  const shop = createServer((req, res) => {
    if (req.url === "/page.css") return void res.writeHead(200, { "Content-Type": "text/css" }).end(shown.css);
    // The page's own code, which its policy has to let in.
    res.writeHead(200, {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": `default-src 'self'; script-src ${server.url} 'nonce-page'; connect-src ${server.url} ${server.url.replace("http", "ws")}; style-src 'self'; img-src data:; require-trusted-types-for 'script'; trusted-types lit-html`,
    });
    res.end(
      `<!doctype html><html ${shown.attributes}><head><title>Shop</title><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css"></head><body><main><h1>Shop</h1>${shown.body}</main></body></html>`,
    );
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => shop.once("listening", resolve));
  return {
    server,
    model,
    browser,
    url: `http://127.0.0.1:${(shop.address() as AddressInfo).port}`,
    show: (body, { css = "", attributes = 'lang="en"' } = {}) => void (shown = { body, css, attributes }),
    tag: (agent, attributes = "") =>
      `<script src="${server.url}/widget/v1.js" data-agent="${agent.slug}" ${attributes} async></script>`,
    async stop() {
      await browser.close();
      shop.close();
      shop.closeAllConnections();
      await server.stop();
      await model.stop();
    },
  };
}

/** One chat in a page, as a person finds its parts. The log for screen readers repeats texts: bubbles are those of the list. */
export interface WidgetPage {
  readonly page: Page;
  readonly launcher: Locator;
  readonly panel: Locator;
  readonly field: Locator;
  readonly messages: Locator;
  readonly bubbles: Locator;
  say(text: string): Promise<void>;
}

export function widgetPage(page: Page): WidgetPage {
  const field = page.locator("renus-chat textarea");
  return {
    page,
    launcher: page.locator("button[aria-expanded][aria-label*='chat' i]"),
    panel: page.locator("renus-chat .panel"),
    field,
    messages: page.locator("renus-chat ol > li.message"),
    bubbles: page.locator("renus-chat ol > li.message .bubble"),
    async say(text) {
      await field.fill(text);
      await field.press("Enter");
    },
  };
}

/** Every error of every page of the context goes to `complaints`, what a policy refuses included. */
export async function openContext(
  browser: Browser,
  complaints: string[],
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1024, height: 768 }, locale: "en-US", ...options });
  context.setDefaultTimeout(15_000);
  context.on("page", (page) => page.on("pageerror", (err) => complaints.push(String(err))));
  context.on("console", (message) => {
    if (/Content Security Policy|Trusted ?Type/i.test(message.text())) complaints.push(message.text());
  });
  return context;
}

/** Where the chat of the page keeps what it knows of its conversation. */
export const storedSession = (page: Page): Promise<{ conversation_id: string; visitor_id: string; token: string }> =>
  page.evaluate(() => {
    for (const area of [localStorage, sessionStorage])
      for (const key of Object.keys(area)) if (key.startsWith("renus:session:")) return JSON.parse(area.getItem(key)!);
  });
