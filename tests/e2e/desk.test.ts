import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Agent, Conversation, Message, Page as PageOf } from "../../protocol/resources.ts";
import { expectAccessible } from "../support/accessible.ts";
import { launchChromium } from "../support/chromium.ts";
import { startOpenAiServer, type OpenAiServer } from "../support/openai-server.ts";
import { openPanel } from "../support/panel.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

declare global {
  interface Window {
    /** Notifications and notes, in order. */
    calls: string[];
  }
}
const LONG = Array.from({ length: 60 }, (_, at) => `word${at + 1}`).join(" ");
const soon = { timeout: 15_000 };

let model: OpenAiServer;
let server: TestServer;
let browser: Browser;
let agent: Agent;
let context: BrowserContext;
let page: Page;
let others: BrowserContext[];
let complaints: string[];

beforeAll(async () => {
  [model, browser] = await Promise.all([startOpenAiServer(), launchChromium()]);
  server = await startTestServer({ environment: { OPENAI_BASE_URL: model.url, MESSAGES_PER_MINUTE: "1000" } });
  model.behave(({ user, isRouting }) => {
    if (isRouting) return { text: JSON.stringify({ topic: user.includes("deliver") ? "delivery" : "none" }) };
    if (user.startsWith("slow")) return { text: LONG, chunkDelayMs: 60 };
    if (user.startsWith("fail")) return { status: 400 };
    return { text: `I **heard**: ${user}.` };
  });
  agent = await server.createPublishedAgent({ name: "Northwind" });
  await server.createSubAgent(agent.id, { name: "Delivery desk", topics: ["delivery"] });
  await server.createSubAgent(agent.id, { name: "Returns desk", topics: ["returns"] });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
});
beforeEach(async () => {
  others = [];
  complaints = [];
  [context, page] = await begin();
});
afterEach(async () => {
  await Promise.all([context, ...others].map((one) => one.close()));
  expect(complaints).toEqual([]);
});

async function begin(options: Parameters<Browser["newContext"]>[0] = {}): Promise<[BrowserContext, Page]> {
  const made = await browser.newContext({
    viewport: { width: 1360, height: 800 },
    locale: "en-US",
    reducedMotion: "reduce",
    ...options,
  });
  made.setDefaultTimeout(15_000);
  const opened = await made.newPage();
  opened.on("pageerror", (err) => complaints.push(String(err)));
  opened.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
  });
  return [made, opened];
}
const signIn = (at = page, path = "/admin/conversations") => openPanel(at, server, path);
/** A visitor in a browser of their own, on the public page. */
async function visitor(): Promise<{ page: Page; say(text: string): Promise<void>; bubbles(): Promise<string[]> }> {
  const [made, opened] = await begin({ viewport: { width: 400, height: 700 } });
  others.push(made);
  await opened.goto(`${server.url}/a/${agent.slug}`);
  await opened.locator("renus-chat .status.online").waitFor();
  const field = opened.getByRole("textbox", { name: "Write a message" });
  return {
    page: opened,
    async say(text) {
      await field.fill(text);
      await field.press("Enter");
    },
    bubbles: () => opened.locator("renus-chat ol > li .bubble").allInnerTexts(),
  };
}
/** A conversation that was held over the API alone. */
async function held(text: string, name?: string): Promise<Conversation & { token: string }> {
  const session = await server.createSession(agent.slug);
  if (name) await server.ok("POST", "/public/sessions/identify", { token: session.token, body: { name } });
  await server.ok("POST", "/public/frames", {
    token: session.token,
    body: { type: "message", conversation_id: session.conversation_id, content: text, client_message_id: crypto.randomUUID() },
  });
  const path = `/conversations/${session.conversation_id}`;
  await expect
    .poll(
      async () =>
        (await server.ok<PageOf<Message>>("GET", `${path}/messages`)).data.some(
          ({ role, status }) => role === "assistant" && status !== "streaming",
        ),
      soon,
    )
    .toBe(true);
  return { ...(await server.ok<Conversation>("GET", path)), token: session.token };
}
const rows = (at = page) => at.locator("conversation-list .desk-row");
const row = (text: string, at = page) => rows(at).filter({ hasText: text });
const thread = (at = page) => at.getByRole("region", { name: "Conversation", exact: true });
const log = (at = page) => thread(at).getByRole("log");
const composer = (at = page) => at.getByRole("textbox", { name: "Message to the visitor" });

describe("live", () => {
  test("a message is there without a reload, the reply streams, and both see who is there, writes and has read", async () => {
    await signIn();
    const ana = await visitor();
    await ana.say("slow please");
    await row("slow please").click();
    await log().getByText("slow please").waitFor();
    await log().getByText("word3").waitFor();
    expect(await log().getByText("word60").count()).toBe(0);
    await thread().getByText("Online", { exact: false }).first().waitFor();

    await page.getByRole("button", { name: "Take over" }).click();
    await ana.page.locator("renus-chat").getByText("joined the conversation").first().waitFor();
    const cut = (await ana.bubbles()).at(-1);
    await composer().pressSequentially("Hel");
    await ana.page.locator("renus-chat .status", { hasText: "Typing" }).waitFor();
    await composer().pressSequentially("lo, Ana here");
    await composer().press("Enter");
    await expect.poll(ana.bubbles, soon).toContain("Hello, Ana here");
    await log().getByText("Read", { exact: true }).waitFor();
    expect((await ana.bubbles()).at(-2)).toBe(cut);

    await ana.page.getByRole("textbox", { name: "Write a message" }).pressSequentially("thanks");
    await log().getByText("The visitor is writing…").waitFor();
    await ana.page.keyboard.press("Enter");
    await log().getByText("thanks", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Hand back" }).click();
    await ana.page.locator("renus-chat").getByText("The assistant is back").first().waitFor();
    await expect.poll(ana.bubbles, soon).toContain("I heard: thanks.");
    await log().getByText("I heard: thanks.").waitFor();
  });

  test("what came while the server was away is there when it is back, without a reload", async () => {
    const known = await held("before the pause");
    await signIn(page, `/admin/conversations/${known.id}`);
    await log().getByText("before the pause", { exact: true }).waitFor();
    await context.setOffline(true);
    await server.ok("POST", `/conversations/${known.id}/messages`, { body: { content: "meanwhile" } });
    await context.setOffline(false);
    await log().getByText("meanwhile").waitFor();
  });

  test("unread messages are counted until they were seen", async () => {
    await signIn();
    const one = await held("read me first");
    await row("read me first").locator(".badge").waitFor();
    await row("read me first").click();
    await log().getByText("read me first", { exact: true }).waitFor();
    await expect.poll(async () => (await server.ok("GET", `/conversations/${one.id}`)).unread_count, soon).toBe(0);
    await page.getByRole("link", { name: "Closed" }).click();
    await page.getByRole("link", { name: /^Open/ }).click();
    await row("read me first").waitFor();
    expect(await row("read me first").locator(".badge").count()).toBe(0);
  });
});

describe("two operators", () => {
  test("the second is told who has it, takes it only on purpose, and no answer is doubled", async () => {
    const one = await held("who has me?");
    const olga = await server.createUser({ name: "Olga" });
    await server.ok("POST", `/conversations/${one.id}/take-over`, { token: olga.token });
    await signIn(page, `/admin/conversations/${one.id}`);
    await thread().getByText("Olga answers this visitor.").waitFor();
    expect(await composer().isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Take over" }).click();
    const ask = page.getByRole("dialog", { name: "Olga has this conversation" });
    await ask.getByRole("button", { name: "Cancel" }).click();
    expect((await server.ok("GET", `/conversations/${one.id}`)).owner_id).toBe(olga.id);
    await page.getByRole("button", { name: "Take over" }).click();
    await ask.getByRole("button", { name: "Take over" }).click();
    await thread().getByText("You answer").waitFor();
    await composer().fill("Mine now");
    await composer().press("Enter");
    await log().getByText("Mine now").waitFor();
    const late = await server.call("POST", `/conversations/${one.id}/messages`, {
      token: olga.token,
      body: { content: "Me too" },
    });
    expect([late.status, late.body.code]).toEqual([409, "CONVERSATION_TAKEN"]);
    const { data } = await server.ok<PageOf<Message>>("GET", `/conversations/${one.id}/messages`);
    expect(data.filter(({ role }) => role === "operator").map(({ content }) => content)).toEqual(["Mine now"]);
  });
});

describe("what stays among colleagues", () => {
  test("notes are never the visitor's; canned replies are found by their shortcut", async () => {
    const ana = await visitor();
    await ana.say("need help");
    await signIn();
    await row("need help").click();
    await page.getByRole("button", { name: "Note", exact: true }).click();
    await page.getByRole("textbox", { name: "Note for colleagues" }).fill("Careful: a press inquiry");
    await page.keyboard.press("Enter");
    await log().getByText("Careful: a press inquiry").waitFor();
    await page.getByRole("button", { name: "Reply", exact: true }).click();

    await page.getByRole("button", { name: "Canned replies" }).click();
    const dialog = page.getByRole("dialog", { name: "Canned replies" });
    await dialog.getByLabel("Shortcut").fill("hours");
    await dialog.getByLabel("Text").fill("We are open from 9 to 17.");
    await dialog.getByRole("button", { name: "Add" }).click();
    await dialog.getByText("/hours").waitFor();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Close" }).click();

    await composer().fill("/ho");
    await page.getByRole("option", { name: "/hours" }).waitFor();
    await composer().press("Enter");
    expect(await composer().inputValue()).toBe("We are open from 9 to 17.");
    await composer().press("Enter");
    await expect.poll(ana.bubbles, soon).toContain("We are open from 9 to 17.");
    expect(await ana.page.locator("body").innerText()).not.toContain("press inquiry");
    await page.reload();
    await log().getByText("Careful: a press inquiry").waitFor();
    await log().getByRole("button", { name: "Delete note" }).click();
    await log().getByText("Careful: a press inquiry").waitFor({ state: "detached" });
  });

  test("a reply says why it was given, and a wrong specialist is corrected and kept", async () => {
    const one = await held("do you deliver on Sundays?");
    await signIn(page, `/admin/conversations/${one.id}`);
    const why = log().locator("details.trace");
    await why.locator("summary").click();
    await why.getByText("Topic", { exact: true }).waitFor();
    await log().getByText("Wrong specialist?").click();
    await log().getByLabel("Who should have answered?").selectOption({ label: "Returns desk" });
    await log().getByText("Should have been: Returns desk").waitFor();
    const { data } = await server.ok("GET", `/agents/${agent.id}/routing-examples`);
    expect(data[0]).toMatchObject({ text: "do you deliver on Sundays?" });
    await page.reload();
    await log().getByText("Should have been: Returns desk").waitFor();
    await expectAccessible(page);
  });
});

describe("the list", () => {
  test("filters by view, agent and words, all in the address; closing moves a conversation", async () => {
    const other = await server.createPublishedAgent({ name: "Southwind" });
    const one = await held("zebra crossing");
    await held("plain words");
    await signIn();
    await page.getByRole("searchbox", { name: "Search in messages" }).fill("zebra");
    await expect.poll(() => new URL(page.url()).search).toBe("?q=zebra");
    await expect.poll(() => rows().count(), soon).toBe(1);
    await row("zebra").click();
    await page.reload();
    await log().getByText("zebra crossing", { exact: true }).waitFor();
    await page.getByRole("searchbox", { name: "Search in messages" }).fill("nothing like it");
    await page.getByText("Nothing found").waitFor();
    await page.getByRole("searchbox", { name: "Search in messages" }).fill("");
    await expect.poll(() => rows().count(), soon).toBeGreaterThan(1);
    await page.getByRole("combobox", { name: "Agent" }).selectOption({ label: "Southwind" });
    await page.getByText("Nobody has written to this agent yet.").waitFor();
    await page.getByRole("combobox", { name: "Agent" }).selectOption({ label: "All agents" });
    expect(other.id).not.toBe(agent.id);

    await page.goto(`${server.url}/admin/conversations/${one.id}`);
    await thread().getByRole("button", { name: "Close" }).click();
    await page
      .getByRole("dialog", { name: "Close this conversation?" })
      .getByRole("button", { name: "Close conversation" })
      .click();
    await thread().getByText("This conversation was closed.").waitFor();
    await row("The conversation was closed").waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Closed" }).click();
    await row("The conversation was closed").first().waitFor();
  });

  test("waiting conversations are a view of their own, and a person who allowed it is called", async () => {
    await context.addInitScript(() => {
      const calls: string[] = [];
      Object.assign(window, {
        calls,
        Notification: class extends EventTarget {
          static permission = "granted";
          static async requestPermission(): Promise<string> {
            return "granted";
          }
          constructor(title: string) {
            super();
            calls.push(title);
          }
          close() {}
        },
        AudioContext: class {
          currentTime = 0;
          destination = {};
          async close() {}
        },
        GainNode: class {
          gain = { linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} };
          connect = (next: unknown) => next;
        },
        OscillatorNode: class {
          connect = (next: unknown) => next;
          start() {
            calls.push("note");
          }
          stop() {}
        },
      });
    });
    await signIn();
    await page.getByRole("button", { name: "Call me when a conversation waits for a person" }).click();
    await page.getByText("You are called when a conversation waits for a person.").waitFor();
    await held("fail, please", "Ana");
    await expect.poll(() => page.evaluate(() => window.calls), soon).toEqual(["Ana waits for a person", "note", "note"]);
    await page.getByRole("link", { name: /^Waiting/ }).click();
    await row("Ana").waitFor();
  });

  test("more of the list and earlier messages come by scrolling", async () => {
    const one = await held("the long one");
    for (let n = 1; n <= 60; n++)
      await server.ok("POST", `/conversations/${one.id}/messages`, { body: { content: `line ${n}` } });
    await signIn(page, `/admin/conversations/${one.id}`);
    await log().getByText("line 60", { exact: true }).waitFor();
    expect(await log().getByText("line 5", { exact: true }).count()).toBe(0);
    await log().hover();
    await page.mouse.wheel(0, -20_000);
    await log().getByText("line 5", { exact: true }).waitFor();
    // What was in view did not jump to another place.
    await log().getByText("the long one", { exact: true }).waitFor({ state: "attached" });
  });
});

test("export gives files, erasing a visitor leaves nothing", async () => {
  const one = await held("forget me", "Erika");
  await signIn(page, `/admin/conversations/${one.id}`);
  const about = page.getByRole("complementary", { name: "About the visitor" });
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    about.getByRole("button", { name: "Export as text" }).click(),
  ]);
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString()).toContain("forget me");
  await about.getByRole("button", { name: "Erase visitor" }).click();
  await page.getByRole("dialog", { name: "Erase Erika?" }).getByRole("button", { name: "Erase" }).click();
  await row("forget me").waitFor({ state: "detached" });
  expect((await server.call("GET", `/conversations/${one.id}`)).status).toBe(404);
  expect(new URL(page.url()).pathname).toBe("/admin/conversations");
});

test("by keys alone: up and down, search, reply, take over, leave, and the list of keys", async () => {
  await held("keys one");
  await held("keys two");
  await signIn();
  await row("keys two").waitFor();
  await page.locator("body").press("j");
  await log().getByText("keys two", { exact: true }).waitFor();
  await page.keyboard.press("j");
  await log().getByText("keys one", { exact: true }).waitFor();
  await page.keyboard.press("k");
  await log().getByText("keys two", { exact: true }).waitFor();
  await page.keyboard.press("t");
  await thread().getByText("You answer").waitFor();
  await expect.poll(() => composer().evaluate((node) => node === document.activeElement)).toBe(true);
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("type"))).toBe("search");
  await page.keyboard.press("Escape");
  await page.keyboard.press("r");
  expect(await composer().evaluate((node) => node === document.activeElement)).toBe(true);
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "What the keys do" }).waitFor();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "What the keys do" }).waitFor({ state: "hidden" });
  const left = new URL(page.url()).pathname.split("/").at(-1);
  await page.keyboard.press("Escape");
  await expect.poll(() => new URL(page.url()).pathname).toBe("/admin/conversations");
  // Back to where one was in the list.
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("data-row"))).toBe(left);
});

test("a thread opens at its end and stays there, whatever grows below or around it", async () => {
  const { token, conversation_id } = await server.createSession(agent.slug);
  for (let count = 1; count <= 6; count++) {
    const body = { type: "message", conversation_id, content: `question ${count}`, client_message_id: crypto.randomUUID() };
    await server.ok("POST", "/public/frames", { token, body });
    await expect
      .poll(async () => (await server.ok("GET", `/conversations/${conversation_id}`)).last_seq, soon)
      .toBeGreaterThanOrEqual(2 * count);
  }
  await signIn();
  await page.goto(`${server.url}/admin/conversations/${conversation_id}`);
  const toEnd = () => log().evaluate((node) => Math.round(node.scrollHeight - node.scrollTop - node.clientHeight));
  await log().getByText("Wrong specialist?").last().waitFor();
  await expect.poll(toEnd).toBeLessThanOrEqual(1);
  expect(await log().evaluate((node) => node.scrollHeight > 1.5 * node.clientHeight)).toBe(true);
  await page.getByRole("button", { name: "Note", exact: true }).click();
  await page.setViewportSize({ width: 1360, height: 600 });
  await expect.poll(toEnd).toBeLessThanOrEqual(1);
});

test.each([
  ["on a laptop", { viewport: { width: 1360, height: 800 } }],
  ["on a phone, dark", { viewport: { width: 375, height: 667 }, colorScheme: "dark" }],
] as const)("%s: loading, empty, list and thread are accessible and fit", async (_, options) => {
  const words = `look at me ${options.viewport.width}`;
  const one = await held(words, "Ana");
  await context.close();
  [context, page] = await begin(options);
  const asked = Promise.withResolvers<void>();
  await page.route(/\/conversations\?/, async (route) => {
    await asked.promise;
    await route.continue();
  });
  const fits = async () => {
    await expectAccessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  };
  await signIn();
  await page.getByRole("status", { name: "Loading conversations" }).waitFor();
  await fits();
  asked.resolve();
  await row(words).waitFor();
  await fits();
  await row(words).click();
  await log().getByText(words, { exact: true }).waitFor();
  await fits();
  if (options.viewport.width < 1000) {
    await page.getByRole("button", { name: "About the visitor" }).click();
    await page.getByRole("complementary", { name: "About the visitor" }).waitFor();
    await fits();
    await page.getByRole("complementary", { name: "About the visitor" }).getByRole("button", { name: "Close" }).click();
    await page.getByRole("link", { name: "All conversations" }).click();
    await row(words).waitFor();
  }
  await page.goto(`${server.url}/admin/conversations?view=mine&agent=${one.agent_id}`);
  await page.getByText("None is yours").or(rows().first()).first().waitFor();
  await fits();
});
