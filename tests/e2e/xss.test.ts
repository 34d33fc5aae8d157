import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Locator, Page, Request } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Agent, PublicSession } from "../../protocol/resources.ts";
import { launchChromium } from "../support/chromium.ts";
import { installOffences, offences, sampleOffences, watchForCode } from "../support/code-watch.ts";
import { HOSTILE, HOSTILE_CONTROLS, HOSTILE_NULLS } from "../support/hostile-strings.ts";
import { isLong } from "../support/long.ts";
import { startOpenAiServer, type OpenAiServer } from "../support/openai-server.ts";
import { openPanel } from "../support/panel.ts";
import { seeded } from "../support/random.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

/** What a model says: everything. */
const SPOKEN = [...HOSTILE, ...HOSTILE_CONTROLS, ...HOSTILE_NULLS];
const SEED = 20261125;
/** The chat on somebody's page: what hosts its shadow trees. */
const CHAT = "html > div, renus-chat";

let model: OpenAiServer;
let server: TestServer;
let browser: Browser;
let site: Server;
let siteUrl: string;
/** One for each string, which is its name, greeting, description, starters. */
let agents: Agent[];
/** Every specialist of it is named by one string. */
let talker: Agent;
let body = "";
const contexts: BrowserContext[] = [];

/** No control characters, no breaks, at most so long: what a name may be. */
const asLine = (text: string, charsMax = 120) =>
  text
    .replace(/\p{Cc}/gu, " ")
    .slice(0, charsMax)
    .toWellFormed()
    .trim();
const random = seeded(SEED);
/** Pieces of 1 to 5 UTF-16 units: pairs and marks are cut in two. */
function pieces(text: string): string[] {
  const out: string[] = [];
  for (let at = 0; at < text.length;) {
    const length = 1 + Math.floor(random() * 5);
    out.push(text.slice(at, (at += length)));
  }
  return out;
}
const attribute = (name: string, value: string) => `${name}="${value.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"`;
/** What visitors write, and the answers: the same words where a visitor may write them. */
const answers = new Map<string, { number: number; text: string }>();
/** Questions that make the model say every string, so many at a time. */
function round(size: number): string[] {
  const questions: string[] = [];
  for (const [from, all] of [
    [0, HOSTILE],
    [HOSTILE.length, SPOKEN.slice(HOSTILE.length)],
  ] as const)
    for (let at = 0; at < all.length; at += size) {
      const text = all.slice(at, at + size).join("\n\n");
      const question = from === 0 ? text : `Say ${size} from ${from + at}.`;
      questions.push(question);
      answers.set(question.trim(), { number: from + at, text });
    }
  return questions;
}
const [ONE_BY_ONE, BY_FIVE] = [round(1), round(5)];
const unknown: string[] = [];

beforeAll(async () => {
  [model, browser] = await Promise.all([startOpenAiServer(), launchChromium()]);
  server = await startTestServer({
    environment: { OPENAI_BASE_URL: model.url },
    limits: { messagesPerMinute: 1_000_000, framesPerMinute: 1_000_000 },
  });
  model.behave(({ isRouting, user }) => {
    const asked = isRouting ? (JSON.parse(user) as { newest_message: string }).newest_message : user;
    const answer = answers.get(asked.trim());
    if (!answer) unknown.push(asked);
    if (isRouting) return { text: JSON.stringify({ topic: `topic number ${answer?.number}` }) };
    return { chunks: pieces(answer?.text ?? "?"), chunkDelayMs: 1 };
  });
  agents = await Promise.all(
    HOSTILE.map((text, at) =>
      server.createPublishedAgent({
        name: asLine(text),
        slug: `hostile-${at}`,
        description: text,
        config: {
          greeting: text.slice(0, 500),
          starters: [0, 1, 2, 3].map((more) => asLine(HOSTILE[(at + more) % HOSTILE.length]!)),
          // On our own server, so that its loading is no leak.
          ...(at % 2 ? {} : { appearance: { avatar_url: `${server.url}/x.png?"onerror="hacked=1,alert(1)` } }),
        },
      }),
    ),
  );
  talker = await server.createPublishedAgent({ name: "Talker" });
  await Promise.all(
    SPOKEN.map((text, at) => server.createSubAgent(talker.id, { name: asLine(text), topics: [`topic number ${at}`] })),
  );
  site = createServer((req, res) => {
    const { pathname } = new URL(req.url!, "http://site");
    if (pathname === "/favicon.ico") return void res.writeHead(204).end();
    res.writeHead(200, {
      "Content-Type": "text/html; charset=utf-8",
      ...(pathname === "/strict"
        ? {
            "Content-Security-Policy": `default-src 'none'; script-src ${server.url}; connect-src ${server.url} ${server.url.replace("http", "ws")}; img-src ${server.url}; require-trusted-types-for 'script'; trusted-types lit-html`,
          }
        : {}),
    });
    res.end(`<!doctype html><html lang="en"><title>Site</title><main><h1>Site</h1></main>${body}</html>`);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => site.once("listening", resolve));
  siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await browser?.close();
  site?.close();
  site?.closeAllConnections();
  await server?.stop();
  await model?.stop();
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});

async function openPage(url: string, selector = CHAT): Promise<{ page: Page; faults: string[] }> {
  const context = await browser.newContext({ locale: "en-US", reducedMotion: "reduce" });
  contexts.push(context);
  context.setDefaultTimeout(15_000);
  const faults = await watchForCode(context, [server.url, siteUrl]);
  const page = await context.newPage();
  await page.goto(url);
  await installOffences(page, selector);
  return { page, faults };
}
async function expectHarmless({ page, faults }: { page: Page; faults: string[] }): Promise<void> {
  // What an element that got in would do, it does in its first frames.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
  expect(await offences(page)).toEqual([]);
  expect(faults).toEqual([]);
}
/** Polls for as long as a person would wait. */
const soon = <T>(read: () => T) => expect.poll(read, { timeout: 15_000 });
const tag = (agent: Agent, more = "") => `<script src="${server.url}/widget/v1.js" data-agent="${agent.slug}" ${more}></script>`;

/** Says everything in the chat, each after the reply to the one before. */
const converse = (chat: Locator, questions: readonly string[]) =>
  chat.evaluate(async (host, all) => {
    const field = () => host.shadowRoot!.querySelector("textarea")!;
    for (const text of all) {
      const answered = new Promise((resolve, reject) => {
        setTimeout(() => reject(new Error(`No reply to ${text}`)), 30_000);
        host.addEventListener("renus:message", function listen(event) {
          if ((event as CustomEvent).detail.message.role !== "assistant") return;
          host.removeEventListener("renus:message", listen);
          resolve(null);
        });
      });
      field().value = text;
      field().dispatchEvent(new Event("input", { bubbles: true }));
      field().dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
      await answered;
    }
  }, questions);
const linesOf = (page: Page, kind: "own" | "assistant" | "operator", part: string) =>
  page
    .locator(`renus-chat ol > li.message.${kind}`)
    .evaluateAll((lines, selector) => lines.map((line) => line.querySelector(selector)?.textContent ?? "").filter(Boolean), part);

test("the watch sees code that runs, elements that came in and hosts that are asked", async () => {
  body = `<renus-chat><img src="http://evil.test/p.gif"><img src=x onerror="hacked=1"><svg onload="alert(1)"></svg><a href="javascript:alert(1)">a</a></renus-chat>`;
  const { page, faults } = await openPage(`${siteUrl}/`);
  await soon(() => faults).toEqual(expect.arrayContaining(["asked: http://evil.test/p.gif", "ran: hacked", "ran: alert"]));
  expect((await offences(page)).map((words) => words.slice(0, words.indexOf(":")))).toEqual([
    "image",
    "handler",
    "handler",
    "link",
  ]);
});

test("what visitors write and models stream, in any pieces, under any byline, stays text", async () => {
  body = tag(talker, 'data-open="0"');
  const someOf = (rest: number) => BY_FIVE.filter((text, at) => isLong || at % 8 === rest || text.includes("|---|"));
  const places: [string, string, string[]][] = [
    [`${siteUrl}/`, CHAT, isLong ? ONE_BY_ONE : BY_FIVE],
    // The same code, which a policy protects as well.
    [`${siteUrl}/strict`, CHAT, someOf(0)],
    [`${server.url}/a/${talker.slug}`, "body", someOf(2)],
  ];
  await Promise.all(
    places.map(async ([url, selector, questions]) => {
      const chat = await openPage(url, selector);
      const { page } = chat;
      const element = page.locator("renus-chat");
      await element.locator("textarea").waitFor();
      const sampled = await sampleOffences(element);
      await converse(element, questions);
      const { found, frames } = await sampled();
      expect(found).toEqual([]);
      expect(frames).toBeGreaterThan(questions.length);
      await expectHarmless(chat);
      const own = await linesOf(page, "own", ".bubble");
      expect(own.map((text) => text.trim())).toEqual(questions.map((text) => text.trim()));
      // What begins as one author's group has its byline, and every specialist is another author.
      expect(await linesOf(page, "assistant", "b.meta")).toHaveLength(questions.length);
      // Code and tables get their looks when the first of them has come.
      await page.locator("renus-chat table").first().waitFor();
      const streamed = await linesOf(page, "assistant", ".text");
      expect(streamed).toHaveLength(questions.length);

      // From the history: the same, drawn at once.
      await page.reload();
      await installOffences(page, selector);
      await soon(() => page.locator("renus-chat li.message").count()).toBe(Math.min(50, questions.length * 2));
      await page.locator("renus-chat table").first().waitFor();
      await expectHarmless(chat);
      const read = await linesOf(page, "assistant", ".text");
      expect(read).toEqual(streamed.slice(-read.length));
    }),
  );
  expect(unknown).toEqual([]);
});

/** Each has the next three strings among its starters. Where nothing but our own code protects, all are seen; under a policy some. */
const LAUNCHERS: [string, number][] = [
  ["/", isLong ? 1 : 6],
  ["/strict", 8],
];
test.each(LAUNCHERS)("what an agent is called and says of itself stays text, in launchers on %s", async (path, step) => {
  const some = agents.filter((_, at) => at % step === 0);
  body = some.map((agent) => tag(agent)).join("");
  const chat = await openPage(siteUrl + path);
  await openAll(chat.page);
  await soon(() => shownIn(chat.page, "h1")).toEqual(some.map(({ name }) => squeeze(name)));
  await soon(() => shownIn(chat.page, "h2")).toEqual(some.map(({ config }) => squeeze(String(config["greeting"]))));
  expect(await shownIn(chat.page, ".chip")).toHaveLength(some.length * 4);
  await expectHarmless(chat);
});

test.each(LAUNCHERS)("what a tag says stays text on %s", async (path, step) => {
  const texts = HOSTILE.filter((_, at) => at % step === 0);
  body = texts
    .map((text, at) => {
      const names = ["title", "greeting", "placeholder", "meta-plan", "theme", "position", "offset-x", "hide-on", "lang"];
      const more = names.map((name) => attribute(`data-${name}`, text));
      more.push(attribute("data-source", asLine(text)), attribute("data-prompts", JSON.stringify([text, text])));
      return tag(agents[at]!, more.join(" "));
    })
    .join("");
  const chat = await openPage(siteUrl + path);
  await openAll(chat.page);
  await soon(() => shownIn(chat.page, "h1")).toEqual(texts.map(squeeze));
  await soon(() => shownIn(chat.page, "h2")).toEqual(texts.map(squeeze));
  expect(await shownIn(chat.page, ".chip")).toEqual(texts.flatMap((text) => [squeeze(text), squeeze(text)]));
  await expectHarmless(chat);
});

test("a colour of the tag fetches nothing", async () => {
  body = agents.map((agent, at) => tag(agent, attribute("data-color", HOSTILE[at]!))).join("");
  const chat = await openPage(`${siteUrl}/`);
  await chat.page
    .locator("button[aria-expanded]")
    .nth(agents.length - 1)
    .waitFor({ state: "attached" });
  await expectHarmless(chat);
});

test("the public page is the same page for every agent and source, and only its words differ", async () => {
  const [plain, pictured] = await Promise.all(
    [{}, { appearance: { avatar_url: `${server.url}/y.png` } }].map((config) =>
      server.createPublishedAgent({ name: "Innocent", description: "Nothing.", config: { ...config, greeting: "Hi" } }),
    ),
  );
  body = "";
  const chat = await openPage(`${siteUrl}/`, "body");
  const read = async (slug: string, source: string) =>
    (await fetch(`${server.url}/a/${slug}?src=${encodeURIComponent(source)}`)).text();
  const pages = await Promise.all(agents.map(({ slug }, at) => read(slug, HOSTILE[at]!)));
  const innocent = [await read(pictured!.slug, "a"), await read(plain!.slug, "a")];
  const shapes = await chat.page.evaluate(
    (all) =>
      all.map((text) => {
        const shapeOf = (node: Element): string => {
          const inside = node instanceof HTMLTemplateElement ? node.content.children : node.children;
          const names = [...node.attributes].map(({ name }) => name).join(" ");
          return `<${node.localName} ${names}>${[...inside].map(shapeOf).join("")}</>`;
        };
        return shapeOf(new DOMParser().parseFromString(text, "text/html").documentElement);
      }),
    [...innocent, ...pages],
  );
  for (const [at, shape] of shapes.slice(2).entries()) expect(shape, HOSTILE[at]).toBe(shapes[at % 2]);
  for (let at = 0; at < agents.length; at += isLong ? 12 : 36) {
    await chat.page.goto(`${server.url}/a/${agents[at]!.slug}?src=${encodeURIComponent(HOSTILE[at]!)}`);
    await installOffences(chat.page, "body");
    await chat.page.locator("renus-chat h2").waitFor();
    expect(await shownIn(chat.page, "h1")).toEqual([squeeze(agents[at]!.name)]);
    await expectHarmless(chat);
  }
});

test("addresses of pictures and colours that are none are refused, and so is U+0000, and nothing changes", async () => {
  const refused = async (method: string, path: string, sent: unknown, token?: string) => {
    const { status, body: answer } = await server.call(method, path, { body: sent, ...(token ? { token } : {}) });
    expect([status, answer.code], JSON.stringify(sent)).toEqual([400, "VALIDATION_ERROR"]);
  };
  const path = `/agents/${talker.id}`;
  const session = await server.createSession(talker.slug);
  const before = await server.ok("GET", path);
  for (const text of SPOKEN) {
    await refused("PATCH", path, { config: { appearance: { color: text } } });
    if (!/^https?:/.test(text)) await refused("PATCH", path, { config: { appearance: { avatar_url: text } } });
  }
  for (const url of [
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    " JavaScript:alert(1)",
    "data:image/svg+xml,<svg onload=alert(1)>",
    "//evil.test/a",
    "blob:http://evil.test/1",
    "vbscript:x",
    "/x.png",
  ])
    await refused("PATCH", path, { config: { appearance: { avatar_url: url } } });
  for (const text of HOSTILE_NULLS) {
    for (const sent of [{ name: text }, { description: text }, { config: { greeting: text } }, { config: { starters: [text] } }])
      await refused("PATCH", path, sent);
    await refused("POST", `${path}/sub-agents`, { name: text, topics: [], system_prompt: "x" });
    await refused("POST", `/public/agents/${talker.slug}/sessions`, { name: text });
    await refused("POST", "/public/sessions/identify", { name: text }, session.token);
    const frame = { type: "message", conversation_id: session.conversation_id, content: text };
    await refused("POST", "/public/frames", frame, session.token);
  }
  expect(await server.ok("GET", path)).toEqual(before);
});

test("the names and words of operators and visitors stay text, for visitors and in the panel", async () => {
  const quiet = await server.createPublishedAgent({ name: "Quiet" });
  body = tag(quiet, 'data-open="0"');
  const chat = await openPage(`${siteUrl}/`);
  const sampled = await openChat(chat.page);
  const { conversation_id } = await stored(chat.page);
  const named = HOSTILE.filter((_, at) => isLong || at % 3 === 0);
  for (const text of named) {
    const { token } = await server.createUser({ name: asLine(text) });
    await server.ok("POST", `/conversations/${conversation_id}/take-over`, { token });
    await server.ok("POST", `/conversations/${conversation_id}/messages`, { token, body: { content: text } });
  }
  await soon(() => chat.page.locator("renus-chat li.message.operator").count()).toBe(named.length);
  const { found } = await sampled();
  expect(found).toEqual([]);
  expect(await linesOf(chat.page, "operator", "b.meta")).toEqual(named.map((text) => asLine(text)));
  await expectHarmless(chat);

  // Visitors who say a name that nobody has checked; nobody answers, as an operator owns each conversation.
  for (const [at, text] of HOSTILE.entries()) {
    const { token, conversation_id: id } = await server.createSession(quiet.slug, {
      body: { page_url: text, source: asLine(text) },
    });
    const about = { name: asLine(text), meta: { plan: text, [asLine(text, 40)]: text } };
    const { user } = await server.ok<PublicSession>("POST", "/public/sessions/identify", { token, body: about });
    expect(user).toMatchObject({ name: asLine(text), verified: false });
    if (at % 8) continue;
    await server.ok("POST", `/conversations/${id}/take-over`);
    const frame = { type: "message", conversation_id: id, content: text, client_message_id: crypto.randomUUID() };
    await server.ok("POST", "/public/frames", { token, body: frame });
  }
  await panelIsHarmless(conversation_id);
});

/** The agents, everything of some of them, the conversations and what was said in them. */
async function panelIsHarmless(conversationId: string): Promise<void> {
  const panel = await openPage(`${server.url}/admin/`, "body");
  const { page } = panel;
  const asked = new Set<Request>();
  page.on("request", (request) => asked.add(request));
  page.on("requestfinished", (request) => asked.delete(request));
  page.on("requestfailed", (request) => asked.delete(request));
  await openPanel(page, server, "/admin/");
  const visit = async (path: string, words: string) => {
    asked.clear();
    await page.goto(`${server.url}/admin/${path}`);
    await installOffences(page, "body");
    await soon(async () => squeeze(await everyWord(page))).toContain(squeeze(words));
    const more = page.getByRole("button", { name: /more/i });
    for (let at = 0; at < 5 && (await more.count()) > 0; at++) {
      await more
        .first()
        .click({ timeout: 2000 })
        .catch(() => {});
      await soon(() => asked.size).toBe(0);
    }
    await expectHarmless(panel);
  };
  await visit("agents", agents[0]!.name.slice(0, 10));
  for (let at = 0; at < agents.length; at += isLong ? 24 : 48)
    for (const tab of ["", "/sub-agents", "/publish"]) await visit(`agents/${agents[at]!.id}${tab}`, agents[at]!.name);
  await visit(`agents/${talker.id}/sub-agents`, asLine(HOSTILE[0]!));
  await visit("conversations", "alert(1)");
  await visit(`conversations/${conversationId}`, HOSTILE[0]!);
  const { data } = await server.ok("GET", `/conversations?agent_id=${talker.id}&has_messages=true`);
  for (const { id } of data.slice(0, 1)) await visit(`conversations/${id}`, "Wrong specialist?");
  const { data: visitors } = await server.ok("GET", "/conversations?has_messages=true&limit=3");
  for (const { id } of visitors) await visit(`conversations/${id}`, "alert(1)");
}

const squeeze = (text: string) => text.replace(/\s+/g, " ").trim();
/** What people read in all of the page, values of fields included. */
const everyWord = (page: Page) =>
  page.evaluate(
    () =>
      document.body.innerText +
      [...document.querySelectorAll("input, textarea")].map((field) => (field as HTMLInputElement).value).join(" "),
  );
const openAll = (page: Page) =>
  page.evaluate(() => {
    for (const host of document.querySelectorAll("html > div")) host.shadowRoot!.querySelector("button")!.click();
  });
const shownIn = async (page: Page, selector: string) =>
  (await page.locator(`renus-chat ${selector}`).allTextContents()).map(squeeze);
async function openChat(page: Page): ReturnType<typeof sampleOffences> {
  const element = page.locator("renus-chat");
  await element.locator("h2").waitFor();
  return sampleOffences(element);
}
/** Where the chat of the page keeps what it knows of its conversation. */
const stored = (page: Page): Promise<{ conversation_id: string }> =>
  page.evaluate(() =>
    JSON.parse(localStorage.getItem(Object.keys(localStorage).find((key) => key.startsWith("renus:session:"))!)!),
  );
