import type { BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Agent } from "../../protocol/resources.ts";
import { expectAccessible } from "../support/accessible.ts";
import { isLong } from "../support/long.ts";
import {
  openContext,
  startWidgetSite,
  storedSession,
  widgetPage,
  type WidgetPage,
  type WidgetSite,
} from "../support/widget-page.ts";

const RICH =
  "Here is **bold** and a [link](https://example.com/x).\n\n```js\nconst a = 1;\n```\n\n| Cake | Price |\n|---|---:|\n| Apple | 3 |\n\n- one\n- two";

let site: WidgetSite;
let agent: Agent;
let context: BrowserContext;
let chat: WidgetPage;
const complaints: string[] = [];

beforeAll(async () => {
  site = await startWidgetSite();
  site.model.behave(({ user }) => {
    if (user.startsWith("slow")) return { chunks: Array.from({ length: 100 }, (_, at) => `word${at + 1} `), chunkDelayMs: 100 };
    if (user.startsWith("fail")) return { status: 400 };
    return { text: RICH };
  });
  agent = await site.server.createPublishedAgent({
    name: "Cakes",
    description: "Knows everything about cakes.",
    config: { greeting: "Cake?", starters: ["When?", "How much?"] },
  });
});
afterAll(() => site?.stop());
beforeEach(() => {
  complaints.length = 0;
});
afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

const begin = async (options: Parameters<typeof openContext>[2] = {}, html: { attributes?: string } = {}) => {
  context = await openContext(site.browser, complaints, { reducedMotion: "reduce", ...options });
  chat = widgetPage(await context.newPage());
  site.show(site.tag(agent), html);
  await chat.page.goto(site.url);
  await chat.launcher.waitFor();
};
const open = async () => {
  await chat.launcher.click();
  await chat.page.locator("renus-chat .status.online").waitFor();
};
/** In light and in dark, which differ in nothing but colours. */
const accessible = async () => {
  await expectAccessible(chat.page);
  await chat.page.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(chat.page, { rules: ["color-contrast"] });
  await chat.page.emulateMedia({ colorScheme: "light" });
};
const finished = async (count: number) => {
  await expect.poll(() => chat.bubbles.count(), { timeout: 15_000 }).toBe(count);
  await chat.page.locator("renus-chat .caret").waitFor({ state: "detached" });
  await chat.page.locator("renus-chat .tools button").first().waitFor({ state: "attached" });
};
/** What has the focus, inside all shadow trees: its accessible name, or its text; null where the page begins anew. */
const focused = () =>
  chat.page.evaluate(() => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    return active === document.body ? null : (active?.ariaLabel ?? active?.textContent?.trim() ?? null);
  });
/** From the launcher on, whose panel comes after it, to the end of the page. */
const tabStops = async () => {
  await chat.launcher.focus();
  const names: string[] = [];
  for (let at = 0; at < 30; at++) {
    await chat.page.keyboard.press("Tab");
    const name = await focused();
    if (name === null) return names;
    names.push(name);
  }
  throw new Error(`Tab never leaves the chat: ${names.join(", ")}`);
};

describe("axe finds nothing", () => {
  const PLACES = [
    ["320 pixels wide, as a sheet over the page", { viewport: { width: 320, height: 568 }, hasTouch: true, isMobile: true }],
    ["beside the page", {}],
  ] as const;
  // The others of these tests stand beside the page.
  test.each(PLACES.slice(0, isLong ? 2 : 1))("in the course of a conversation %s", async (_, options) => {
    await begin(options);
    await accessible();
    await open();
    await chat.page.getByRole("heading", { name: "Cake?" }).waitFor();
    await accessible();

    await chat.say("rich");
    await finished(2);
    await accessible();
    await chat.page.getByRole("button", { name: "Helpful", exact: true }).click();
    await chat.page.getByRole("button", { name: "More" }).click();
    await chat.page.getByRole("button", { name: "Download transcript" }).waitFor();
    await accessible();
    await chat.page.keyboard.press("Escape");

    await chat.say("slow");
    await chat.bubbles.last().getByText("word3").waitFor();
    await accessible();
    await chat.page.getByRole("button", { name: "Stop reply" }).click();
    await chat.page.getByText("Stopped").waitFor();
    await accessible();

    await context.setOffline(true);
    await chat.page.getByText("Messages will be sent when you are back online.").waitFor();
    await chat.say("into the tunnel");
    await chat.page.locator("renus-chat .sending").waitFor();
    await accessible();
  });

  test("where something failed", async () => {
    await begin();
    await open();
    await chat.say("fail");
    await chat.page.locator("renus-chat ol").getByText("The reply did not arrive.").waitFor();
    await accessible();
    // What the server refuses for good.
    const { conversation_id } = await storedSession(chat.page);
    await chat.page.evaluate(
      ([conversation, slug, origin]) =>
        localStorage.setItem(
          `renus:outbox:${origin}:${slug}`,
          JSON.stringify([
            {
              client_message_id: crypto.randomUUID(),
              conversation_id: conversation,
              content: "lost",
              created_at: new Date().toISOString(),
              error: "Too long.",
            },
          ]),
        ),
      [conversation_id, agent.slug, site.server.url] as const,
    );
    await chat.page.reload();
    await open();
    await chat.page.locator("renus-chat ol").getByText("Not sent. Too long.").waitFor();
    await accessible();
    await chat.page.getByRole("button", { name: "Edit" }).click();
    expect(await chat.field.inputValue()).toBe("lost");
    expect(await chat.page.locator("renus-chat .problem").count()).toBe(1);
  });

  test("where the page is read from right to left", async () => {
    await begin({}, { attributes: 'lang="ar" dir="rtl"' });
    await open();
    await accessible();
    await chat.say("مرحبا");
    await finished(2);
    await accessible();
    // Whatever way the page is read, the launcher stands at the corner that was asked for.
    expect((await chat.launcher.boundingBox())!.x).toBeGreaterThan(900);
    const [own, reply] = [(await chat.bubbles.nth(0).boundingBox())!, (await chat.bubbles.nth(1).boundingBox())!];
    expect(own.x).toBeLessThan(reply.x + reply.width - own.width);
    expect(await chat.panel.evaluate((node) => getComputedStyle(node).direction)).toBe("rtl");
  });

  test("where the conversation has ended, and the button there begins another", async () => {
    await begin();
    await open();
    await chat.say("rich");
    await finished(2);
    await site.server.ok("POST", `/conversations/${(await storedSession(chat.page)).conversation_id}/close`);
    await chat.page.getByText("This conversation has ended.").waitFor();
    await accessible();
    expect(await chat.field.count()).toBe(0);
    await chat.panel.getByRole("button", { name: "New conversation" }).click();
    await chat.field.waitFor();
    await expect.poll(() => chat.messages.count()).toBe(0);
  });

  test("where the agent is paused", async () => {
    const paused = await site.server.createPublishedAgent({ name: "Sleepy" });
    await site.server.ok("POST", `/agents/${paused.id}/unpublish`);
    context = await openContext(site.browser, complaints);
    chat = widgetPage(await context.newPage());
    site.show(site.tag(paused));
    await chat.page.goto(site.url);
    await chat.launcher.click();
    await chat.page.getByRole("heading", { name: "This chat is paused" }).waitFor();
    await accessible();
    expect(await chat.field.count()).toBe(0);
  });
});

describe("with keys alone", () => {
  test("Enter opens, words are sent, Tab reaches everything, Escape closes and gives the focus back", async () => {
    await begin();
    // Past the page to the launcher behind it.
    await chat.page.keyboard.press("Tab");
    expect(await focused()).toMatch(/chat/i);
    await chat.page.keyboard.press("Enter");
    await chat.page.locator("renus-chat .status.online").waitFor();
    await expect.poll(focused).toBe("Write a message…");
    expect(await chat.launcher.getAttribute("aria-expanded")).toBe("true");
    await chat.page.getByRole("heading", { name: "Cake?" }).waitFor();
    expect(await tabStops()).toEqual(["More", "Close chat", "Messages", "When?", "How much?", "Write a message…"]);

    await chat.field.focus();
    await chat.page.keyboard.type("rich");
    await chat.page.keyboard.press("Enter");
    await finished(2);
    expect(await focused()).toBe("Write a message…");
    const stops = ["More", "Close chat", "Messages", "link", "Copy", "Helpful", "Not helpful", "Write a message…"];
    expect(await tabStops()).toEqual(expect.arrayContaining(stops));

    await chat.field.focus();
    await chat.page.keyboard.press("Escape");
    await chat.panel.waitFor({ state: "hidden" });
    expect(await focused()).toBe("Open chat");
    // Nothing of a closed panel is reached.
    expect(await tabStops()).toEqual([]);
    await chat.launcher.focus();
    await chat.page.keyboard.press("Space");
    await chat.panel.waitFor();
    expect(await focused()).toBe("Write a message…");
  });

  test("a starter goes out by Enter, and the focus is not lost", async () => {
    await begin();
    await open();
    const starter = chat.page.getByRole("button", { name: "When?" });
    await starter.focus();
    await starter.press("Enter");
    await finished(2);
    expect(await chat.bubbles.nth(0).innerText()).toBe("When?");
    expect(await focused()).toBe("Write a message…");
  });

  test("on a phone Tab stays inside the sheet", async () => {
    await begin({ viewport: { width: 360, height: 700 } });
    await open();
    for (let at = 0; at < 12; at++) {
      await chat.page.keyboard.press("Tab");
      expect(await chat.page.evaluate(() => !!document.activeElement?.closest("main, a"))).toBe(false);
    }
    await chat.field.focus();
    await chat.page.keyboard.press("Escape");
    await chat.panel.waitFor({ state: "hidden" });
    expect(await focused()).toBe("Open chat");
  });
});

test.each(["no-preference", "reduce"] as const)("motion: %s", async (reducedMotion) => {
  await begin({ reducedMotion });
  await open();
  await chat.say("slow");
  await chat.bubbles.last().getByText("word3").waitFor();
  const moving = await chat.panel.evaluate((node) => [
    (node.getRootNode() as ShadowRoot).getAnimations().length > 0,
    getComputedStyle(node).transitionDuration !== "0s",
  ]);
  expect(moving).toEqual(reducedMotion === "reduce" ? [false, false] : [true, true]);
  await chat.page.getByRole("button", { name: "Stop reply" }).click();
});
