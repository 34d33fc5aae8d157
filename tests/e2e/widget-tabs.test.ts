import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RenusApi } from "../../protocol/embed.ts";
import type { Agent } from "../../protocol/resources.ts";
import {
  openContext,
  startWidgetSite,
  storedSession,
  widgetPage,
  type WidgetPage,
  type WidgetSite,
} from "../support/widget-page.ts";

const LONG = Array.from({ length: 40 }, (_, at) => `word${at + 1}`).join(" ");
const soon = { timeout: 15_000 };

let site: WidgetSite;
/** Lets the reply to "wait…" begin. */
let goOn: () => void;
let agent: Agent;
let context: BrowserContext;
const complaints: string[] = [];

beforeAll(async () => {
  site = await startWidgetSite();
  site.model.behave(({ user }) =>
    user.startsWith("slow")
      ? { text: LONG, chunkDelayMs: 100 }
      : {
          text: `You said **${user}**.`,
          ...(user.startsWith("wait") && { gate: new Promise<void>((resolve) => (goOn = resolve)) }),
        },
  );
  agent = await site.server.createPublishedAgent({ name: "Cakes", config: { greeting: "Cake?" } });
});
afterAll(() => site?.stop());
beforeEach(async () => {
  complaints.length = 0;
  site.show(site.tag(agent));
  context = await openContext(site.browser, complaints);
});
afterEach(async () => {
  await context.close();
  // The next test counts anew.
  await expect.poll(sockets, soon).toBe(0);
  expect(complaints).toEqual([]);
});

/** How many sockets of visitors the server holds. */
const sockets = async () =>
  (await site.server.deps.metrics.sockets.get()).values.find(({ labels }) => labels.kind === "visitor")?.value ?? 0;
const openTab = async (prepare?: (page: Page) => Promise<unknown>): Promise<WidgetPage> => {
  const tab = widgetPage(await context.newPage());
  await prepare?.(tab.page);
  await tab.page.goto(site.url);
  await tab.launcher.click();
  await online(tab);
  return tab;
};
const online = ({ page }: WidgetPage) => page.locator("renus-chat .status", { hasText: "AI assistant" }).waitFor();
const openTabs = async (count: number): Promise<WidgetPage[]> => {
  const tabs: WidgetPage[] = [];
  while (tabs.length < count) tabs.push(await openTab());
  return tabs;
};
const texts = ({ messages }: WidgetPage) => messages.locator(".bubble").allInnerTexts();
/** The same lines in each tab. */
const expectEverywhere = async (tabs: readonly WidgetPage[], lines: readonly string[]) => {
  for (const tab of tabs) await expect.poll(() => texts(tab), soon).toEqual(lines);
};
const asked = (text: string) => expect.poll(() => site.model.replies.some(({ user }) => user === text), soon).toBe(true);
const said = (...words: string[]) => words.flatMap((word) => [word, `You said ${word}.`]);
const stored = async (tab: WidgetPage): Promise<string[]> => {
  const { conversation_id } = await storedSession(tab.page);
  const { data } = await site.server.ok("GET", `/conversations/${conversation_id}/messages`);
  return data.map(({ content }: { content: string }) => content.replaceAll("**", ""));
};

describe("three tabs", () => {
  test("share one socket; what one of them says, all show once, streams as well", async () => {
    const tabs = await openTabs(3);
    expect(await sockets()).toBe(1);
    await tabs[0]!.say("first");
    await expectEverywhere(tabs, said("first"));
    await tabs[2]!.say("third");
    await expectEverywhere(tabs, said("first", "third"));

    await tabs[1]!.say("slow");
    for (const tab of tabs) await tab.bubbles.nth(5).getByText("word3").waitFor();
    // Still being written, and seen while it is.
    for (const tab of tabs) expect(await tab.page.locator("renus-chat .caret").count()).toBe(1);
    for (const tab of tabs) await tab.bubbles.nth(5).getByText("word40").waitFor();
    await expect.poll(() => stored(tabs[0]!), soon).toHaveLength(6);
    expect(await sockets()).toBe(1);
  });

  test("when the one with the socket closes, another takes over; nothing is lost or doubled", async () => {
    const tabs = await openTabs(3);
    await tabs[1]!.say("slow");
    await tabs[1]!.bubbles.nth(1).getByText("word3").waitFor();
    await tabs[0]!.page.close();
    const left = tabs.slice(1);
    const startedAt = Date.now();
    await expect.poll(sockets, soon).toBe(1);
    for (const tab of left) await online(tab);
    expect(Date.now() - startedAt).toBeLessThan(5000);
    for (const tab of left) await tab.bubbles.nth(1).getByText("word40").waitFor();
    await left[0]!.say("one");
    const first = ["slow", LONG, ...said("one")];
    await expectEverywhere(left, first);
    await left[1]!.say("two");
    await expectEverywhere(left, [...first, ...said("two")]);
    expect(await sockets()).toBe(1);
  });

  test("a reload in the middle of a reply goes on with it, in the tab with the socket and in one without", async () => {
    const tabs = await openTabs(2);
    await tabs[0]!.say("slow");
    await tabs[1]!.bubbles.nth(1).getByText("word3").waitFor();
    for (const tab of tabs) {
      await tab.page.reload();
      await tab.launcher.click();
    }
    for (const tab of tabs) await tab.bubbles.nth(1).getByText("word40").waitFor();
    await expectEverywhere(tabs, ["slow", LONG]);
    expect(await sockets()).toBe(1);
  });

  test("what is written offline waits and goes out once", async () => {
    const tabs = await openTabs(2);
    await tabs[0]!.say("before");
    await expectEverywhere(tabs, said("before"));
    await context.setOffline(true);
    for (const { page } of tabs) await page.getByText("Messages will be sent when you are back online.").waitFor();
    await tabs[0]!.say("from the first");
    await tabs[1]!.say("from the second");
    for (const { page } of tabs) await page.locator("renus-chat .sending").waitFor();
    expect(await stored(tabs[0]!)).toHaveLength(2);
    await context.setOffline(false);
    // Answered one by one or both at once: whichever was read before the first word was said.
    const isOwn = (line: string | undefined) => line === undefined || line.startsWith("from the ");
    await expect
      .poll(async () => {
        const written = await stored(tabs[0]!);
        return written.filter(isOwn).length === 2 && !isOwn(written.at(-1));
      }, soon)
      .toBe(true);
    const lines = await stored(tabs[0]!);
    expect(lines.filter((line) => line === "from the first")).toHaveLength(1);
    expect(lines.filter((line) => line === "from the second")).toHaveLength(1);
    // The answer to both quotes two lines, and the marks around them stay as they are.
    for (const tab of tabs)
      await expect.poll(async () => (await texts(tab)).map((line) => line.replaceAll("**", "")), soon).toEqual(lines);
    expect(await sockets()).toBe(1);
  });

  test("a reset in one empties the other; both become the same new visitor", async () => {
    const tabs = await openTabs(2);
    await tabs[0]!.say("secret");
    await expectEverywhere(tabs, said("secret"));
    const before = await storedSession(tabs[0]!.page);
    await tabs[0]!.page.evaluate(() => (window as unknown as { Renus: RenusApi }).Renus.reset());
    await expectEverywhere(tabs, []);
    await tabs[1]!.say("anew");
    await expectEverywhere(tabs, said("anew"));
    const after = await Promise.all(tabs.map((tab) => storedSession(tab.page)));
    expect(after[0]).toEqual(after[1]);
    expect(after[0]!.visitor_id).not.toBe(before.visitor_id);
    await expect.poll(sockets, soon).toBe(1);
  });

  test("a new conversation in one is the new one of the other", async () => {
    const tabs = await openTabs(2);
    await tabs[0]!.say("old");
    await expectEverywhere(tabs, said("old"));
    await tabs[1]!.page.evaluate(() => (window as unknown as { Renus: RenusApi }).Renus.newConversation());
    await expectEverywhere(tabs, []);
    await tabs[0]!.say("new");
    await expectEverywhere(tabs, said("new"));
  });
});

test('with persist="tab" each tab is a visitor of its own, with its own socket, and a reload keeps it', async () => {
  site.show(site.tag(agent, 'data-persist="tab"'));
  const tabs = await openTabs(2);
  await tabs[0]!.say("mine");
  await expectEverywhere([tabs[0]!], said("mine"));
  await expectEverywhere([tabs[1]!], []);
  expect(await sockets()).toBe(2);
  expect(await tabs[0]!.page.evaluate(() => Object.keys(localStorage))).toEqual([]);
  const [one, other] = await Promise.all(tabs.map((tab) => storedSession(tab.page)));
  expect(one!.visitor_id).not.toBe(other!.visitor_id);
  await tabs[0]!.page.reload();
  await tabs[0]!.launcher.click();
  await expectEverywhere([tabs[0]!], said("mine"));
});

test("a sound that was switched on in the menu is heard in one tab only", async () => {
  await context.addInitScript(() => {
    const param = { linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} };
    const counts = window as unknown as { notes: number };
    counts.notes = 0;
    Object.assign(window, {
      AudioContext: class {
        currentTime = 0;
        destination = {};
        async resume() {}
      },
      OscillatorNode: class {
        connect = (next: unknown) => next;
        start() {
          counts.notes++;
        }
        stop() {}
      },
      GainNode: class {
        gain = param;
        connect = (next: unknown) => next;
      },
    });
  });
  const tabs = await openTabs(3);
  const notes = () => Promise.all(tabs.map(({ page }) => page.evaluate(() => (window as unknown as { notes: number }).notes)));
  // Off until then.
  await tabs[0]!.say("wait silence");
  for (const tab of tabs) await tab.page.keyboard.press("Escape");
  await asked("wait silence");
  goOn();
  for (const tab of tabs) await tab.page.locator("button[data-unread='1']").waitFor();
  expect(await notes()).toEqual([0, 0, 0]);

  await tabs[0]!.launcher.click();
  await tabs[0]!.page.getByRole("button", { name: "More" }).click();
  await tabs[0]!.page.getByRole("switch", { name: "Sound for new messages" }).click();
  // What it sounds like: two notes.
  await expect.poll(notes, soon).toEqual([2, 0, 0]);
  await tabs[0]!.say("wait sound");
  await tabs[0]!.panel.press("Escape");
  await asked("wait sound");
  goOn();
  await expect.poll(async () => (await notes()).reduce((sum, one) => sum + one, 0), soon).toBe(4);
  await tabs[0]!.launcher.click();
  await expectEverywhere([tabs[0]!], said("wait silence", "wait sound"));
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect((await notes()).reduce((sum, one) => sum + one, 0)).toBe(4);
});

test("a laptop that wakes up catches up with one sync", async () => {
  await context.addInitScript(() => {
    const all: { isDead: boolean }[] = [];
    const sent: string[] = [];
    const Real = WebSocket;
    Object.assign(window, {
      all,
      sent,
      // A socket whose other end is gone, though nobody has told this one.
      WebSocket: class extends Real {
        isDead = false;
        constructor(url: string, protocols: string[]) {
          super(url, protocols);
          all.push(this);
          this.addEventListener("message", (event) => this.isDead && event.stopImmediatePropagation());
        }
        override send(data: string) {
          if (this.isDead) return;
          sent.push(data);
          super.send(data);
        }
      },
    });
  });
  const tab = await openTab();
  const syncs = () =>
    tab.page.evaluate(
      () => (window as unknown as { sent: string[] }).sent.filter((data) => JSON.parse(data).type === "sync").length,
    );
  await tab.say("good night");
  await expectEverywhere([tab], said("good night"));
  await tab.page.evaluate(() => (window as unknown as { all: { isDead: boolean }[] }).all.forEach((one) => (one.isDead = true)));
  const before = await syncs();
  const path = `/conversations/${(await storedSession(tab.page)).conversation_id}`;
  await site.server.ok("POST", `${path}/take-over`);
  const news = ["one", "two", "three"];
  for (const content of news) await site.server.ok("POST", `${path}/messages`, { body: { content } });
  expect(await texts(tab)).toEqual(said("good night"));
  // What browsers tell a page whose machine is awake again.
  await tab.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await expectEverywhere([tab], [...said("good night"), ...news]);
  expect((await syncs()) - before).toBe(1);
});
