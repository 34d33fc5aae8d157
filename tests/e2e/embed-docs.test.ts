import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { serveSite, type Served, type Site } from "../../examples/browser.ts";
import type { Agent, Conversation } from "../../protocol/resources.ts";
import { cspLines, RECIPES } from "../../protocol/embed-recipes.ts";
import { launchChromium } from "../support/chromium.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { snippet, snippetFor, SNIPPETS } from "../support/snippets.ts";

const DOCS = readFileSync(resolve(import.meta.dirname, "../../docs/embed.md"), "utf8");

let server: TestServer;
let browser: Browser;
let site: Site;
let agent: Agent;
let pages: Record<string, Served>;
let context: BrowserContext;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
  agent = await server.createPublishedAgent({
    name: "Your agent",
    slug: "your-agent",
    config: { greeting: "Hi!", starters: ["When?"] },
  });
  await server.createPublishedAgent({ name: "Another agent", slug: "another-agent", config: { greeting: "Hello!" } });
  site = await serveSite((path) => pages[path] ?? pages["*"]);
});
afterAll(async () => {
  await browser?.close();
  site?.close();
  await server?.stop();
});
beforeEach(async () => {
  complaints = [];
  context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-US" });
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
  page.on("pageerror", (err) => complaints.push(String(err)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
});
afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

const run = (name: string) => snippetFor(name, server.url);
const html = (body: string): Served => ({
  type: "text/html",
  text: `<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:," /></head><body><h1>Shop</h1>${body}</body></html>`,
});
/** Goes to a page of the shop with this body; `more` are other files of the shop. */
const visit = async (body: string, path = "/", more: Record<string, Served> = {}) => {
  pages = { "*": html(body), ...more };
  await page.goto(new URL(path, site.url).href);
};
const launchers = () => page.getByRole("button", { expanded: false, name: /chat/i });
const panel = (name = "Your agent") => page.getByRole("dialog", { name });
const field = () => page.getByRole("textbox");
const messages = () => page.locator(".message");
const conversations = async (): Promise<Conversation[]> =>
  (await server.ok<{ data: Conversation[] }>("GET", `/conversations?agent_id=${agent.id}`)).data;
/** Runs a script of the page, as its own code would. */
const runInPage = (code: string) => page.addScriptTag({ content: code });
const say = async (text: string) => {
  await field().fill(text);
  await field().press("Enter");
};

describe("the page", () => {
  test("names exactly the attributes that there are", () => {
    const source = readFileSync(resolve(import.meta.dirname, "../../protocol/embed.ts"), "utf8");
    const options = /^export interface EmbedOptions \{([^]*?)^\}/m.exec(source)![1]!;
    const names = [...options.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) =>
      `data-${name!}`.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replace("data-meta", "data-meta-…"),
    );
    const table = [...DOCS.matchAll(/^\| ((?:`data-[^`]+` ?)+)\|/gm)].flatMap(([, cell]) => cell!.match(/data-[\w…-]+/g)!);
    // The origin is what the address of the script says.
    expect(table.toSorted()).toEqual(names.filter((name) => name !== "data-origin").toSorted());
  });

  test("names exactly the events that there are", () => {
    const source = readFileSync(resolve(import.meta.dirname, "../../protocol/embed.ts"), "utf8");
    const events = /^export interface RenusEvents \{([^]*?)^\}/m.exec(source)![1]!;
    const names = [...events.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name!);
    const rows = /^\| event \|[^]*?\n\n/m.exec(DOCS)![0].split("\n").slice(2, -2);
    const table = rows.flatMap((row) => row.split("|")[1]!.match(/\w+/g)!);
    expect(table.toSorted()).toEqual(names.toSorted());
  });

  test("shows the same code as the panel", () => {
    const input = { origin: "https://chat.example.com", agent: "your-agent" };
    const shown = {
      html: "tag",
      inline: "inline",
      iframe: "iframe",
      wordpress: "wordpress",
      shopify: "shopify",
      tagManager: "tag-manager",
      react: "next",
      vue: "vue",
      astro: "astro",
    } satisfies Record<keyof typeof RECIPES, string>;
    for (const [name, recipe] of Object.entries(RECIPES))
      expect(recipe(input), name).toBe(snippet(shown[name as keyof typeof shown]));
    const { allowList, nonce } = cspLines(input.origin);
    const lines = Object.entries(allowList).map((line) => line.join(" "));
    expect(lines.join("\n")).toBe(snippet("allow-list"));
    expect(`script-src ${nonce}`).toBe(snippet("nonce-policy"));
  });

  test("has no code that nobody runs", () => {
    const tests = ["embed-docs", "user-token-docs", "package"]
      .map((name) => readFileSync(resolve(import.meta.dirname, `${name}.test.ts`), "utf8"))
      .join("\n");
    for (const name of SNIPPETS.keys()) expect(tests, name).toContain(`"${name}"`);
  });

  test("leads somewhere with every link", () => {
    const slug = (title: string) =>
      title
        .toLowerCase()
        .replace(/[^\w -]/g, "")
        .replaceAll(" ", "-");
    const anchors = new Set([...DOCS.matchAll(/^#+ (.+)$/gm)].map(([, title]) => `#${slug(title!)}`));
    for (const [, link] of DOCS.matchAll(/\]\((#[^)]+)\)/g)) expect(anchors, link).toContain(link);
  });
});

describe("the tag", () => {
  test("asks for one file and keeps nothing until somebody opens it, and then only what the table names", async () => {
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    await visit(run("tag"));
    await launchers().waitFor();
    await page.waitForTimeout(500);
    expect(requests.filter((url) => !url.startsWith(site.url) && !url.startsWith("data:"))).toEqual([
      `${server.url}/widget/v1.js`,
    ]);
    const stored = () => page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)].toSorted());
    expect(await stored()).toEqual([]);

    await launchers().click();
    await panel().waitFor();
    await say("hello");
    await messages().nth(1).waitFor();
    await field().fill("half a thought");
    await page.locator(".caret").waitFor({ state: "detached" });
    expect(await context.cookies()).toEqual([]);
    const hosts = new Set(requests.filter((url) => url.startsWith("http")).map((url) => new URL(url).origin));
    expect([...hosts].toSorted()).toEqual([new URL(site.url).origin, server.url].toSorted());
    const named = [...DOCS.matchAll(/^\| `(renus:\w+:)…`/gm)].map(([, key]) => key!);
    const kept = await stored();
    expect(kept.filter((key) => !named.some((name) => key.startsWith(name)))).toEqual([]);
    expect(kept.some((key) => key.startsWith("renus:session:"))).toBe(true);

    await runInPage("Renus.reset();");
    await field().waitFor();
    await expect.poll(async () => (await stored()).filter((key) => !key.startsWith("renus:session:"))).toEqual([]);
  });

  test.each(["tab", "none"])("keeps the conversation as long as data-persist=%s says", async (persist) => {
    await visit(run("tag").replace(" async", ` data-persist="${persist}" async`));
    await launchers().click();
    await say("hello");
    await messages().nth(1).waitFor();
    const sizes = await page.evaluate(() => [localStorage.length, sessionStorage.length > 0]);
    expect(sizes).toEqual([0, persist === "tab"]);
  });

  test("takes many attributes", async () => {
    await visit(run("attributes"));
    const box = (await launchers().boundingBox())!;
    expect([box.x, 800 - box.y - box.height]).toEqual([32, 20]);
    const color = await launchers().evaluate((button) => getComputedStyle(button).backgroundColor);
    expect(color).toBe("rgb(15, 118, 110)");
    await launchers().click();
    await panel("Larkwheel Bikes").waitFor();
    await page.getByText("Hello! Which bike are you looking at?").waitFor();
    await page.getByRole("button", { name: "Where is my order?" }).click();
    await messages().nth(1).waitFor();
    expect((await conversations())[0]).toMatchObject({ meta: { page: "home" } });
  });

  test.each(["/checkout/payment", "/account"])("draws no launcher on %s", async (path) => {
    await visit(run("attributes"), path);
    await page.waitForLoadState("networkidle");
    expect(await launchers().count()).toBe(0);
  });

  test("is opened by any element that says so", async () => {
    await visit(run("openers"));
    await page.waitForFunction(() => "Renus" in window);
    expect(await launchers().count()).toBe(0);
    await page.getByRole("link", { name: "Ask about an order" }).click();
    await panel().waitFor();
    expect(await field().inputValue()).toBe("I have a question about my order.");
    expect(new URL(page.url()).pathname).toBe("/");
    await page.keyboard.press("Escape");
    await panel().waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Talk to us" }).click();
    await panel().waitFor();
  });

  test("says in the console what it cannot read, and with data-debug what happens", async () => {
    const lines: string[] = [];
    page.on("console", (message) => lines.push(`${message.type()} ${message.text()}`));
    await visit(run("tag").replace(" async", ' data-theme="pink" data-colour="red" data-debug async'));
    await launchers().click();
    await panel().waitFor();
    await expect
      .poll(() => lines.filter((line) => line.startsWith("warning Renus:")).join("\n"))
      .toMatch(/pink[^]*colour|colour[^]*pink/);
    await expect.poll(() => lines.filter((line) => line.startsWith("info Renus:")).join("\n")).toMatch(/status/);
  });
});

describe("the global", () => {
  test("has every method that is shown", async () => {
    await visit(run("tag"));
    await launchers().waitFor();
    const lines = run("calls").split("\n");
    const call = (start: string) => runInPage(lines.find((line) => line.startsWith(`Renus.${start}`))!);
    await call("open");
    await panel().waitFor();
    await expect.poll(() => field().inputValue()).toBe("Which size fits 1.78 m?");
    await call("isOpen");
    await call("close");
    await panel().waitFor({ state: "hidden" });
    await call("toggle");
    await panel().waitFor();
    await call("prefill");
    await expect.poll(() => field().inputValue()).toBe("I would like to book a test ride");
    await call("send");
    await messages().getByText("When do you open tomorrow?").waitFor();
    await call("hide");
    await panel().waitFor({ state: "hidden" });
    await call("show");
    await panel().waitFor();
    await call("update");
    await expect.poll(async () => (await conversations())[0]!).toMatchObject({ meta: { page: "cart", items: "3" } });
    const background = () => page.locator("[part=panel]").evaluate((element) => getComputedStyle(element).backgroundColor);
    const light = await background();
    await call("setTheme");
    await expect.poll(background).not.toBe(light);
    await call("setLocale");
    await page
      .getByRole("button", { name: "Nova conversa" })
      .or(page.getByPlaceholder(/Escreva/))
      .first()
      .waitFor();
    await call("newConversation");
    await expect.poll(() => messages().count()).toBe(0);
    expect(lines.filter((line) => line.startsWith("Renus."))).toHaveLength(12);
  });

  test("keeps calls until the tag has run, and until the chat has loaded", async () => {
    const lines: string[] = [];
    page.on("console", (message) => lines.push(message.text()));
    await visit(run("early"));
    await panel().waitFor();
    await expect.poll(() => field().inputValue()).toBe("Hello!");
    await field().press("Enter");
    await expect.poll(() => lines).toEqual(["visitor", "assistant"]);
  });

  test("tells what happens", async () => {
    const lines: string[] = [];
    page.on("console", (message) => lines.push(message.text()));
    await visit(run("tag"));
    await launchers().waitFor();
    await runInPage(`${run("dom-events")}\n${run("events").replace(/^stop.*$/m, "")}\nwindow.stopListening = stop;`);
    await launchers().click();
    await panel().waitFor();
    await expect.poll(() => lines.toSorted()).toEqual(["opened for the first time", "your-agent"]);
    await say("hello");
    await expect.poll(() => lines.filter((line) => line.startsWith("your-agent assistant")).length).toBe(1);
    expect(lines).toContain("your-agent visitor hello");
    await page.evaluate(() => (window as unknown as { stopListening(): void }).stopListening());
    const before = lines.length;
    await say("again");
    await messages().nth(3).waitFor();
    await page.locator(".caret").waitFor({ state: "detached" });
    expect(lines.length).toBe(before);
  });
});

describe("the visitor", () => {
  const token = async () => {
    const { secret } = await server.ok<{ secret: string }>("GET", `/agents/${agent.id}/identity`);
    const code = `data:text/javascript,${encodeURIComponent(snippet("token-node"))}`;
    const { userToken } = (await import(code)) as { userToken(user: object, secret: string): string };
    return userToken({ id: 7, name: "José" }, secret);
  };
  const newest = async () => (await conversations())[0]!.visitor;

  test("is who the token of the page says", async () => {
    await visit(run("user-token").replace("TOKEN", await token()));
    await launchers().click();
    await say("hello");
    await messages().nth(1).waitFor();
    await expect.poll(newest).toMatchObject({ name: "José", verified: true });
  });

  test("is who a token says that is asked for, and nobody after signing out", async () => {
    const text = await token();
    await visit(`${run("tag")}<button data-logout>Sign out</button>`, "/", { "/chat-token": { type: "text/plain", text } });
    await launchers().waitFor();
    await runInPage(`${run("token-provider")}\n${run("log-out")}`);
    await launchers().click();
    await say("hello again");
    await messages().getByText("hello again").waitFor();
    await expect.poll(newest).toMatchObject({ name: "José", verified: true });

    await page.getByRole("button", { name: "Sign out" }).click();
    await expect.poll(() => messages().count()).toBe(0);
    await say("who am I?");
    await messages().nth(1).waitFor();
    await expect.poll(newest).toMatchObject({ verified: false });
  });
});

describe("several chats", () => {
  test("two agents have a launcher each", async () => {
    await visit(run("two-agents"));
    await expect.poll(() => launchers().count()).toBe(2);
    const [first, second] = [await launchers().nth(0).boundingBox(), await launchers().nth(1).boundingBox()];
    expect(Math.abs(first!.x - second!.x)).toBeGreaterThan(500);
  });

  test("an element in the page is open", async () => {
    await visit(run("inline"));
    await page.getByRole("region", { name: "Your agent" }).waitFor();
    await say("hello");
    await messages().nth(1).waitFor();
    expect(await launchers().count()).toBe(0);
  });

  test("code adds a launcher and an element", async () => {
    await visit(`${run("tag")}<section id="help"></section>`);
    await launchers().waitFor();
    await runInPage(run("mount"));
    await page.locator("#help").getByRole("region", { name: "Your agent" }).waitFor();
    await expect.poll(() => launchers().count()).toBe(2);
  });

  test("a frame shows the public page without what belongs to a page of its own", async () => {
    await visit(run("iframe"));
    const frame = page.frameLocator("iframe");
    await frame.getByRole("heading", { name: "Your agent" }).waitFor();
    await frame.getByRole("textbox").fill("hello");
    await frame.getByRole("textbox").press("Enter");
    await frame.locator(".message").nth(1).waitFor();
    expect(await frame.locator("#share:visible, #qr:visible").count()).toBe(0);
  });
});

describe("the platforms", () => {
  test("Shopify fills in the language and the template", async () => {
    const values: Record<string, string> = { "request.locale.iso_code": "es", "template.name": "product" };
    await visit(run("shopify").replace(/\{\{ ([\w.]+) \}\}/g, (_, name: string) => values[name]!));
    await launchers().click();
    await panel().waitFor();
    await field().fill("hola");
    await page.getByRole("button", { name: "Enviar" }).click();
    await messages().nth(1).waitFor();
    expect((await conversations())[0]).toMatchObject({ meta: { template: "product" }, locale: "es" });
  });

  /** Tag Manager makes its own script elements from the text of a tag. */
  const runAsTagManager = async (name: string) => {
    const code = /^<script>\n([^]*)\n<\/script>$/.exec(run(name))![1]!;
    expect(code, "written for ES5").not.toMatch(/=>|`|\b(?:let|const|class)\b|async function|await |\.\.\./);
    await runInPage(code);
  };

  test("Tag Manager makes the element by code, and learns what happens", async () => {
    await visit("");
    await runAsTagManager("data-layer");
    await runAsTagManager("tag-manager");
    await launchers().click();
    await panel().waitFor();
    await say("my secret");
    await messages().nth(1).waitFor();
    await page.locator(".caret").waitFor({ state: "detached" });
    const pushed = await page.evaluate(() => (window as unknown as { dataLayer: object[] }).dataLayer);
    expect(pushed[0]).toEqual({ event: "renus_open", renus_agent: "your-agent" });
    expect(pushed).toContainEqual({ event: "renus_message", renus_agent: "your-agent" });
    expect(JSON.stringify(pushed)).not.toContain("secret");
  });

  test("an open chat survives a body that is swapped, and the tag that runs again with it", async () => {
    // What Astro leaves of it.
    const tag = run("astro").replace(" is:inline", "");
    await visit(tag);
    await launchers().click();
    await say("hello");
    await messages().nth(1).waitFor();
    await page.evaluate((text) => {
      const next = new DOMParser().parseFromString(text, "text/html");
      document.body.replaceWith(document.adoptNode(next.body));
      // Scripts that a parser made without running them run when they are made again.
      for (const old of document.body.querySelectorAll("script")) {
        const script = document.createElement("script");
        for (const { name, value } of old.attributes) script.setAttribute(name, value);
        old.replaceWith(script);
      }
    }, html(tag).text);
    await page.waitForLoadState("networkidle");
    expect(await panel().isVisible()).toBe(true);
    expect(await messages().count()).toBe(2);
    expect(await page.locator("renus-chat").count()).toBe(1);
  });
});

test("a policy by nonce lets the tag through that has it", async () => {
  const nonce = "R4nd0m";
  const others = snippetFor("allow-list", server.url).split("\n").slice(1);
  const policy = ["default-src 'none'", run("nonce-policy").replace("…", nonce), ...others].join("; ");
  const { type, text } = html(run("nonce").replace("…", nonce));
  pages = {
    "*": { type, text: text.replace('<link rel="icon" href="data:," />', ""), headers: { "Content-Security-Policy": policy } },
  };
  await page.goto(site.url);
  await launchers().click();
  await panel().waitFor();
  await say("hello");
  await messages().nth(1).waitFor();
  complaints = complaints.filter((complaint) => !complaint.includes("favicon"));
});
