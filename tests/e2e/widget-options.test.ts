import { SignJWT } from "jose";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RenusApi } from "../../protocol/embed.ts";
import type { Agent, Conversation, Message } from "../../protocol/resources.ts";
import {
  openContext,
  startWidgetSite,
  storedSession,
  widgetPage,
  type WidgetPage,
  type WidgetSite,
} from "../support/widget-page.ts";

/** What pages call, and where these tests note what they heard. */
type Shop = Window & { Renus: RenusApi; heard: unknown[] };
declare const window: Shop;

const soon = { timeout: 10_000 };

let site: WidgetSite;
let agent: Agent;
let other: Agent;
let context: BrowserContext;
let chat: WidgetPage;
let page: Page;
let warnings: string[];
const complaints: string[] = [];

beforeAll(async () => {
  site = await startWidgetSite();
  site.model.behave(({ user }) => ({ text: `You said **${user}**.`, chunkDelayMs: user.startsWith("later") ? 400 : 0 }));
  agent = await site.server.createPublishedAgent({ name: "Cakes", config: { greeting: "Cake?", starters: ["When?"] } });
  other = await site.server.createPublishedAgent({ name: "Tools", config: { greeting: "Tools?" } });
});
afterAll(() => site?.stop());
beforeEach(async () => {
  complaints.length = 0;
  await begin();
});
afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

const begin = async (options: Parameters<typeof openContext>[2] = {}) => {
  await context?.close();
  context = await openContext(site.browser, complaints, { reducedMotion: "reduce", ...options });
  warnings = [];
  context.on("console", (message) => {
    if (message.type() === "warning" && message.text().startsWith("Renus:")) warnings.push(message.text());
  });
  page = await context.newPage();
  chat = widgetPage(page);
};
const visit = async (body: string, path = "/", html: { css?: string; attributes?: string } = {}) => {
  site.show(body, html);
  await page.goto(site.url + path);
};
/** The tag with these attributes; opened by its launcher. */
const visitOpen = async (attributes: string, html: { css?: string; attributes?: string } = {}) => {
  await visit(site.tag(agent, attributes), "/", html);
  await chat.launcher.click();
  await online();
};
const online = () => page.locator("renus-chat .status.online").waitFor();
const style = (selector: string, name: string) =>
  page.locator(selector).evaluate((node, key) => getComputedStyle(node).getPropertyValue(key), name);
const said = (...words: string[]) => words.flatMap((word) => [word, `You said ${word}.`]);
const expectLines = (lines: readonly string[]) => expect.poll(() => chat.bubbles.allInnerTexts(), soon).toEqual(lines);
const conversation = async (): Promise<Conversation> =>
  site.server.ok("GET", `/conversations/${(await storedSession(page)).conversation_id}`);
const renusKeys = () =>
  page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter((key) => /renus/i.test(key)));
/** Notes every event of these names, in order. */
const listen = (...names: string[]) =>
  page.evaluate((all) => {
    window.heard = [];
    for (const name of all)
      addEventListener(`renus:${name}`, (event) => window.heard.push([name, (event as CustomEvent).detail]));
  }, names);
const heard = () => page.evaluate(() => window.heard);

describe("options", () => {
  test("without any the launcher stands at the bottom right, in the agent's colour, and nothing is said in the console", async () => {
    await visit(site.tag(agent));
    expect(await chat.launcher.boundingBox()).toEqual({ x: 1024 - 76, y: 768 - 76, width: 56, height: 56 });
    await chat.launcher.click();
    await online();
    expect(warnings).toEqual([]);
  });

  test("place: position, offsets, z-index", async () => {
    await visitOpen('data-position="bottom-left" data-offset-x="50" data-offset-y="30" data-z-index="77"');
    expect(await chat.launcher.boundingBox()).toEqual({ x: 50, y: 768 - 86, width: 56, height: 56 });
    const box = (await chat.panel.boundingBox())!;
    expect([box.x, box.y + box.height]).toEqual([50, 768 - 98]);
    expect(await style("renus-chat .panel", "z-index")).toBe("77");
    expect(await chat.launcher.evaluate((node) => getComputedStyle(node).zIndex)).toBe("77");
    expect(warnings).toEqual([]);
  });

  test("looks: colour, dark, the page's font", async () => {
    await visitOpen('data-color="#b00020" data-theme="dark" data-font="inherit"', { css: "html { font-family: monospace; }" });
    expect(await chat.launcher.evaluate((node) => getComputedStyle(node).backgroundColor)).toBe("rgb(176, 0, 32)");
    expect(await style("renus-chat .panel", "background-color")).toBe("rgb(23, 25, 30)");
    expect(await style("renus-chat .panel", "font-family")).toBe("monospace");
    await chat.say("hello");
    await expectLines(said("hello"));
    expect(await style("renus-chat .own .bubble", "background-color")).toBe("rgb(176, 0, 32)");
    expect(warnings).toEqual([]);
  });

  test("words: title, greeting, placeholder, prompts, language", async () => {
    await visitOpen(
      `data-title="Help desk" data-greeting="Ahoy!" data-placeholder="Ask away" data-prompts='["One?","Two?","Three?","Four?","Five?"]' data-lang="pt-BR"`,
    );
    await page.getByRole("dialog", { name: "Help desk" }).waitFor();
    await page.getByRole("heading", { name: "Ahoy!" }).waitFor();
    expect(await chat.field.getAttribute("placeholder")).toBe("Ask away");
    expect(await page.locator("renus-chat .chip").allInnerTexts()).toEqual(["One?", "Two?", "Three?", "Four?"]);
    await page.getByRole("button", { name: "Fechar" }).first().waitFor();
    await page.getByRole("button", { name: "Two?" }).click();
    await expectLines(said("Two?"));
    expect(warnings).toEqual([]);
  });

  test("lang is the page's own unless told, dir is what the tag says", async () => {
    await visitOpen('data-dir="rtl"', { attributes: 'lang="es"' });
    await expect.poll(() => chat.field.getAttribute("placeholder"), soon).toMatch(/Escrib/);
    expect(await style("renus-chat .panel", "direction")).toBe("rtl");
  });

  test.each([
    ["", 0],
    ["1", 900],
  ])("open=%j opens by itself", async (value, afterMs) => {
    await visit(site.tag(agent, `data-open="${value}"`));
    const startedAt = Date.now();
    await chat.launcher.waitFor();
    await chat.panel.waitFor();
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(afterMs - 100);
  });

  test("open does nothing where it says false, and on a phone", async () => {
    await visit(site.tag(agent, 'data-open="false"'));
    await chat.launcher.waitFor();
    await page.waitForTimeout(300);
    expect(await page.locator("renus-chat").count()).toBe(0);
    await begin({ viewport: { width: 400, height: 700 } });
    await visit(site.tag(agent, "data-open"));
    await chat.launcher.waitFor();
    await page.waitForTimeout(300);
    expect(await page.locator("renus-chat").count()).toBe(0);
  });

  test("launcher=false draws no button; elements of the page open the chat with their words", async () => {
    await visit(
      `${site.tag(agent, 'data-launcher="false"')}<a href="/elsewhere" data-renus-open="Where is my order?"><b>Help</b></a><button data-renus-open>Chat</button>`,
    );
    await page.waitForLoadState("networkidle");
    expect(await chat.launcher.count()).toBe(0);
    await page.locator("a b").click();
    await chat.panel.waitFor();
    await expect.poll(() => chat.field.inputValue(), soon).toBe("Where is my order?");
    expect(new URL(page.url()).pathname).toBe("/");
    expect((await chat.panel.boundingBox())!.y + (await chat.panel.boundingBox())!.height).toBe(768 - 20);
    await chat.field.press("Escape");
    await chat.panel.waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Chat", exact: true }).click();
    await chat.panel.waitFor();
  });

  test.each(["device", "tab", "none"])("persist=%s", async (persist) => {
    await visitOpen(`data-persist="${persist}"`);
    await chat.say("remember");
    await expectLines(said("remember"));
    const areas = () => page.evaluate(() => [localStorage.length > 0, sessionStorage.length > 0]);
    expect(await areas()).toEqual([persist === "device", persist === "tab"]);
    await page.reload();
    await chat.launcher.click();
    await online();
    await expectLines(persist === "none" ? [] : said("remember"));
    const second = widgetPage(await context.newPage());
    await second.page.goto(site.url);
    await second.launcher.click();
    await second.page.locator("renus-chat .status.online").waitFor();
    await expect.poll(() => second.bubbles.allInnerTexts(), soon).toEqual(persist === "device" ? said("remember") : []);
  });

  test("hide-on follows the address, whoever changes it", async () => {
    await visit(site.tag(agent, 'data-hide-on="/checkout/*, /legal"'));
    await chat.launcher.waitFor();
    for (const [path, isShown] of [
      ["/checkout/pay", false],
      ["/shop", true],
      ["/legal", false],
      ["/legal/more", true],
    ] as const) {
      await page.evaluate((to) => history.pushState({}, "", to), path);
      await expect.poll(() => chat.launcher.isVisible(), soon).toBe(isShown);
    }
    await page.goBack();
    await expect.poll(() => chat.launcher.isVisible(), soon).toBe(false);
    await page.goto(`${site.url}/checkout/pay`);
    await page.waitForLoadState("networkidle");
    expect(await chat.launcher.isVisible()).toBe(false);
  });

  test("meta is shown beside the conversation, and more of it by update", async () => {
    await visitOpen('data-meta-plan="pro" data-meta-cart="3"');
    await chat.say("hello");
    await expectLines(said("hello"));
    expect((await conversation()).meta).toEqual({ plan: "pro", cart: "3" });
    await page.evaluate(() => window.Renus.update({ meta: { cart: "4" }, name: "Ana" }));
    await expect.poll(async () => (await conversation()).meta, soon).toEqual({ plan: "pro", cart: "4" });
    expect((await conversation()).visitor).toMatchObject({ name: "Ana", verified: false });
  });

  test("what cannot be read is named in the console, and the default is used", async () => {
    const wrong = {
      position: "top",
      "offset-x": "left",
      "offset-y": "-5",
      color: "not a colour",
      theme: "blue",
      font: "comic",
      prompts: "When?",
      lang: "!",
      dir: "up",
      launcher: "maybe",
      persist: "always",
      "z-index": "high",
      "user-token": "no token",
      colour: "#fff",
    };
    await visitOpen(
      Object.entries(wrong)
        .map(([name, value]) => `data-${name}="${value}"`)
        .join(" "),
    );
    const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    await expect.poll(() => warnings.length, soon).toBeGreaterThanOrEqual(Object.keys(wrong).length);
    for (const name of Object.keys(wrong)) expect(warnings.filter((words) => words.includes(`"${camel(name)}"`))).toHaveLength(1);
    expect(await chat.launcher.boundingBox()).toEqual({ x: 1024 - 76, y: 768 - 76, width: 56, height: 56 });
    expect(await page.locator("renus-chat .chip").allInnerTexts()).toEqual(["When?"]);
    expect(await chat.field.getAttribute("placeholder")).toBe("Write a message…");
    expect(await style("renus-chat .panel", "direction")).toBe("ltr");
    expect(await style("renus-chat .panel", "z-index")).toBe("2147483647");
    expect(await style("renus-chat .panel", "background-color")).toBe("rgb(255, 255, 255)");
    const accent = await chat.launcher.evaluate((node) => getComputedStyle(node).backgroundColor);
    expect(accent).not.toMatch(/rgba?\(0, 0, 0/);
    await chat.say("still here");
    await expectLines(said("still here"));
    expect(await page.evaluate(() => localStorage.length > 0)).toBe(true);
  });
});

describe("verbs", () => {
  test("open with words, send, prefill, close, toggle, isOpen, show and hide", async () => {
    await visit(site.tag(agent));
    await chat.launcher.waitFor();
    const isOpen = () => page.evaluate(() => window.Renus.isOpen());
    expect(await isOpen()).toBe(false);
    await page.evaluate(() => window.Renus.open({ message: "in the field" }));
    await expect.poll(() => chat.field.inputValue(), soon).toBe("in the field");
    expect(await isOpen()).toBe(true);
    await page.evaluate(() => window.Renus.close());
    await chat.panel.waitFor({ state: "hidden" });
    expect(await isOpen()).toBe(false);
    await page.evaluate(() => window.Renus.open({ message: "at once", send: true }));
    await expectLines(said("at once"));
    expect(await chat.field.inputValue()).toBe("in the field");
    await page.evaluate(() => window.Renus.prefill("another"));
    await expect.poll(() => chat.field.inputValue(), soon).toBe("another");
    await page.evaluate(() => window.Renus.send("by code"));
    await expectLines(said("at once", "by code"));
    await page.evaluate(() => window.Renus.toggle());
    await chat.panel.waitFor({ state: "hidden" });
    await page.evaluate(() => window.Renus.toggle());
    await chat.panel.waitFor();
    await page.evaluate(() => window.Renus.hide());
    await chat.launcher.waitFor({ state: "hidden" });
    await chat.panel.waitFor({ state: "hidden" });
    await page.evaluate(() => window.Renus.show());
    await chat.launcher.waitFor();
  });

  test("setLocale and setTheme", async () => {
    await visitOpen("");
    await page.evaluate(() => (window.Renus.setLocale("es"), window.Renus.setTheme("dark")));
    await expect.poll(() => chat.field.getAttribute("placeholder"), soon).toMatch(/Escrib/);
    expect(await style("renus-chat .panel", "background-color")).toBe("rgb(23, 25, 30)");
  });

  test("newConversation keeps the visitor, reset leaves nothing of them", async () => {
    await visitOpen("");
    await chat.say("old");
    await expectLines(said("old"));
    const first = await storedSession(page);
    await page.evaluate(() => window.Renus.newConversation());
    await expectLines([]);
    await chat.say("new");
    await expectLines(said("new"));
    const second = await storedSession(page);
    expect(second.visitor_id).toBe(first.visitor_id);
    expect(second.conversation_id).not.toBe(first.conversation_id);

    await page.evaluate(() => window.Renus.close());
    await chat.panel.waitFor({ state: "hidden" });
    await page.evaluate(() => window.Renus.prefill("a draft"));
    await expect.poll(() => chat.field.inputValue(), soon).toBe("a draft");
    await page.evaluate(() => window.Renus.reset());
    await expect.poll(renusKeys, soon).toEqual([]);
    await page.evaluate(() => window.Renus.open());
    await online();
    await expectLines([]);
    expect(await chat.field.inputValue()).toBe("");
    expect((await storedSession(page)).visitor_id).not.toBe(first.visitor_id);
  });

  test("destroy takes everything out of the page; what is stored stays", async () => {
    await visitOpen("");
    await chat.say("hello");
    await expectLines(said("hello"));
    await page.evaluate(() => window.Renus.destroy());
    await expect.poll(() => page.locator("renus-chat").count(), soon).toBe(0);
    expect(await chat.launcher.count()).toBe(0);
    expect(await renusKeys()).not.toEqual([]);
    // And once more, when there is none.
    await page.evaluate(() => (window.Renus.destroy(), window.Renus.close(), window.Renus.isOpen()));
    await page.reload();
    await chat.launcher.click();
    await expectLines(said("hello"));
  });

  test("mount puts a chat into an element, and another launcher beside the first", async () => {
    await visit(`${site.tag(agent)}<div id="place"></div>`);
    await chat.launcher.waitFor();
    await page.evaluate(
      (slug) => window.Renus.mount("#place", { agent: slug, title: "Workshop", prompts: ["Hammer?"] }),
      other.slug,
    );
    const region = page.locator("#place").getByRole("region", { name: "Workshop" });
    await region.getByRole("button", { name: "Hammer?" }).waitFor();
    await page.evaluate((slug) => window.Renus.mount({ agent: slug, position: "bottom-left", offsetX: 30 }), other.slug);
    await expect.poll(() => chat.launcher.count(), soon).toBe(2);
    expect((await chat.launcher.nth(1).boundingBox())!.x).toBe(30);
    await page.evaluate((slug) => window.Renus.mount({ agent: slug }), agent.slug);
    await page.evaluate((slug) => window.Renus.mount("#nowhere", { agent: slug }), agent.slug);
    await expect.poll(() => warnings, soon).toEqual([expect.stringContaining("#nowhere")]);
    expect(await chat.launcher.count()).toBe(2);
  });

  test("on, once and off; ready is heard by who comes late", async () => {
    await visitOpen("");
    await page.evaluate(() => {
      const { Renus } = window;
      window.heard = [];
      const note = (name: string) => (detail: { agent: string }) => void window.heard.push([name, detail.agent]);
      Renus.on("ready", note("ready"));
      const leave = Renus.on("close", note("left"));
      const off = note("off");
      Renus.on("close", off);
      Renus.on("close", note("close"));
      Renus.once("close", note("once"));
      Renus.off("close", off);
      leave();
    });
    for (const verb of ["close", "open", "close"] as const) await page.evaluate((name) => window.Renus[name](), verb);
    await expect.poll(heard, soon).toEqual([["ready"], ["close"], ["once"], ["close"]].map(([name]) => [name, agent.slug]));
  });

  test("listeners that came before the chat has loaded hear the same", async () => {
    await visit(site.tag(agent));
    await chat.launcher.waitFor();
    await page.evaluate(() => {
      const { Renus } = window;
      window.heard = [];
      const note = (name: string) => () => void window.heard.push(name);
      Renus.on("ready", note("ready"));
      Renus.once("open", note("once"));
      const leave = Renus.on("open", note("left"));
      const off = note("off");
      Renus.on("open", off);
      Renus.off("open", off);
      leave();
      Renus.on("open", note("open"));
    });
    await chat.launcher.click();
    await online();
    for (const verb of ["close", "open"] as const) await page.evaluate((name) => window.Renus[name](), verb);
    await expect.poll(async () => ((await heard()) as string[]).toSorted(), soon).toEqual(["once", "open", "open", "ready"]);
  });

  test("calls from before the tag are kept in Renus.q and run in order", async () => {
    await visit(
      `<script nonce="page">window.Renus = { q: [["open"], ["prefill", "too early"], ["prefill", "kept"], ["on", "ready", ({ agent }) => (window.heard = [agent])]] };</script>${site.tag(agent)}`,
    );
    await chat.panel.waitFor();
    await expect.poll(() => chat.field.inputValue(), soon).toBe("kept");
    await expect.poll(heard, soon).toEqual([agent.slug]);
  });
});

describe("pages that change", () => {
  test("an open chat and its socket survive a body that is swapped", async () => {
    const opened: string[] = [];
    page.on("websocket", (socket) => opened.push(socket.url()));
    await visitOpen("");
    await chat.say("before");
    await expectLines(said("before"));
    await page.evaluate(() => {
      const body = document.createElement("body");
      body.append(document.querySelector("script[data-agent]")!.cloneNode());
      document.body.replaceWith(body);
      document.dispatchEvent(new Event("turbo:load", { bubbles: true }));
    });
    await expectLines(said("before"));
    await chat.say("after");
    await expectLines(said("before", "after"));
    expect(opened).toHaveLength(1);
    expect(await chat.launcher.count()).toBe(1);
  });

  test("an element that a swap brings becomes a chat", async () => {
    await visit(site.tag(agent));
    await chat.launcher.waitFor();
    await page.evaluate((slug) => {
      const body = document.createElement("body");
      const element = document.createElement("renus-chat");
      element.setAttribute("agent", slug);
      body.append(element);
      document.body.replaceWith(body);
      document.dispatchEvent(new Event("turbo:load", { bubbles: true }));
    }, other.slug);
    await page.getByRole("region", { name: "Tools" }).getByRole("heading", { name: "Tools?" }).waitFor();
  });

  test("the tag twice is one launcher and one chat", async () => {
    await visit(site.tag(agent) + site.tag(agent));
    await page.waitForLoadState("networkidle");
    expect(await chat.launcher.count()).toBe(1);
    await chat.launcher.click();
    await online();
    expect(await page.locator("renus-chat").count()).toBe(1);
  });

  test("what came unseen stands at the launcher and in the title until it is seen", async () => {
    await visitOpen("");
    await listen("unread", "message", "close");
    await chat.say("later");
    await chat.field.press("Escape");
    await page.evaluate(() => {
      Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await expect.poll(() => chat.launcher.getAttribute("aria-label"), soon).toBe("Open chat, 1 unread");
    expect(await chat.launcher.getAttribute("data-unread")).toBe("1");
    await expect.poll(() => page.title(), soon).toBe("(1) Shop");
    await page.evaluate(() => {
      Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await expect.poll(() => page.title(), soon).toBe("Shop");
    await chat.launcher.click();
    await expect.poll(() => chat.launcher.getAttribute("data-unread"), soon).toBe("");
    expect(await chat.launcher.getAttribute("aria-label")).toBe("Close chat");
    const events = (await heard()) as [string, { count?: number; agent: string; message?: Message }][];
    expect(events.filter(([name]) => name === "unread").at(-1)![1]).toEqual({ agent: agent.slug, count: 0 });
    expect(events.filter(([name]) => name === "message").map(([, { message }]) => message!.role)).toEqual([
      "visitor",
      "assistant",
    ]);
  });
});

describe("who the visitor is", () => {
  const token = async (claims: Record<string, string>, secret?: string) => {
    const key = secret ?? (await site.server.ok<{ secret: string }>("GET", `/agents/${agent.id}/identity`)).secret;
    return new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256" })
      .setIssuedAt()
      .setExpirationTime("1h")
      .sign(new TextEncoder().encode(key));
  };
  const jose = (sub: string) => token({ sub, name: "José", email: "jose@example.test" });
  const identified = { agent: "", name: "José", verified: true };

  test("identify by a token, which finds the same conversation on another device", async () => {
    await visitOpen("");
    await listen("identify", "error");
    await page.evaluate((text) => window.Renus.identify({ token: text }), await jose("1"));
    await expect.poll(heard, soon).toEqual([["identify", expect.objectContaining({ ...identified, agent: agent.slug })]]);
    await chat.say("on the laptop");
    await expectLines(said("on the laptop"));
    expect((await conversation()).visitor).toMatchObject({ name: "José", verified: true });

    await begin();
    await visitOpen(`data-user-token="${await jose("1")}"`);
    await expectLines(said("on the laptop"));
    await page.evaluate(() => window.Renus.reset());
    await expectLines([]);
    await chat.say("who am I?");
    await expectLines(said("who am I?"));
    expect((await conversation()).visitor).toMatchObject({ verified: false });
  });

  test.each(["by code", "by the tag"])(
    "with a wrong token, %s, there is an error and the chat goes on without a name",
    async (way) => {
      const wrong = await token({ sub: "2" }, "not the secret of this agent at all");
      await visit(site.tag(agent, way === "by the tag" ? `data-user-token="${wrong}"` : ""));
      await chat.launcher.waitFor();
      await listen("identify", "error");
      if (way === "by code") await page.evaluate((text) => window.Renus.identify({ token: text }), wrong);
      await chat.launcher.click();
      await online();
      await expect.poll(heard, soon).toEqual([["error", expect.objectContaining({ agent: agent.slug, code: "AUTH_ERROR" })]]);
      await chat.say("anyway");
      await expectLines(said("anyway"));
      expect((await conversation()).visitor).toMatchObject({ verified: false });
    },
  );

  test("tokenProvider is asked before the first session, so that nobody is a stranger first", async () => {
    const sessions: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST" && /\/sessions/.test(request.url())) sessions.push(request.postData() ?? "");
    });
    await visit(site.tag(agent));
    await chat.launcher.waitFor();
    await listen("identify", "error");
    await page.evaluate((text) => window.Renus.identify({ tokenProvider: async () => text }), await jose("3"));
    await chat.launcher.click();
    await online();
    await expect.poll(heard, soon).toEqual([["identify", expect.objectContaining({ ...identified, agent: agent.slug })]]);
    expect(sessions.map((body) => body.includes("user_token"))).toEqual([true]);
    await chat.say("hello");
    await expectLines(said("hello"));
    expect((await conversation()).visitor).toMatchObject({ name: "José", verified: true });
  });

  test("a name without a token is shown as unverified", async () => {
    await visitOpen("");
    await listen("identify");
    await page.evaluate(() => window.Renus.identify({ name: "Ana", email: "ana@example.test" }));
    await expect.poll(heard, soon).toEqual([["identify", expect.objectContaining({ name: "Ana", verified: false })]]);
    await chat.say("hello");
    await expectLines(said("hello"));
    expect((await conversation()).visitor).toMatchObject({ name: "Ana", verified: false });
  });
});

test("thumbs are stored, changed and taken back", async () => {
  await visitOpen("");
  await chat.say("rate me");
  await expectLines(said("rate me"));
  const stored = async () => {
    const { data } = await site.server.ok<{ data: Message[] }>(
      "GET",
      `/conversations/${(await storedSession(page)).conversation_id}/messages`,
    );
    return data.map(({ feedback }) => feedback);
  };
  const up = page.getByRole("button", { name: "Helpful", exact: true });
  const down = page.getByRole("button", { name: "Not helpful" });
  await up.click();
  await expect.poll(stored, soon).toEqual([null, "up"]);
  await down.click();
  await expect.poll(stored, soon).toEqual([null, "down"]);
  expect([await up.getAttribute("aria-pressed"), await down.getAttribute("aria-pressed")]).toEqual(["false", "true"]);
  await page.reload();
  await chat.launcher.click();
  await expect.poll(() => down.getAttribute("aria-pressed"), soon).toBe("true");
  await down.click();
  await expect.poll(stored, soon).toEqual([null, null]);
});
