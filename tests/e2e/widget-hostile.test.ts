import { PNG } from "pngjs";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Agent } from "../../protocol/resources.ts";
import { isLong } from "../support/long.ts";
import { openContext, startWidgetSite, widgetPage, type WidgetSite } from "../support/widget-page.ts";

const RICH =
  "Here is **bold**, *slanted*, `code` and a [link](https://example.com/x).\n\n## Heading\n\n```js\nconst a = 1;\n```\n\n| Cake | Price |\n|---|---:|\n| Apple | 3 |\n\n- one\n- two\n\n1. first\n2. second\n\n> quoted\n\n---\n\nThe end.";

/** Both pages are white, so that what shines through round corners is the same. */
const PLAIN = "html, body { background: #fff; }";
/** What real pages do, all at once and worse. */
const HOSTILE: Record<string, string> = {
  "a reset of everything": "* { all: unset; } *::before, *::after { all: unset; }",
  "important rules for every element":
    "* { box-sizing: content-box !important; margin: 9px !important; padding: 7px !important; border: 3px solid red !important; letter-spacing: 4px !important; text-transform: uppercase !important; line-height: 3 !important; float: right !important; position: static !important; opacity: 0.5 !important; } html { background: #fff !important; border: 0 !important; padding: 0 !important; margin: 0 !important; opacity: 1 !important }",
  "hidden buttons, shown hidden ones": "button { display: none !important; } [hidden] { display: block !important; }",
  "huge fonts and colours that are inherited":
    "html { font-size: 40px; } body, html { font-family: fantasy; font-size: 60px; font-weight: 900; line-height: 4; letter-spacing: 9px; word-spacing: 20px; text-align: right; text-indent: 30px; text-transform: uppercase; white-space: pre; color: red; cursor: wait; user-select: none; visibility: visible; word-break: break-all; -webkit-text-stroke: 1px red; font-variant: small-caps; quotes: none; list-style: square inside; text-shadow: 1px 1px red; tab-size: 1; hyphens: auto; caret-color: red; accent-color: red; text-rendering: geometricPrecision; direction: ltr; }",
  "a transformed, filtered body":
    "body { transform: rotate(3deg) scale(0.5); filter: grayscale(1) blur(4px); perspective: 100px; contain: paint; overflow: hidden; height: 100px; }",
  "overlays over everything":
    "body::before, main { content: ''; position: fixed; inset: 0; z-index: 2147483647; background: #fff; }",
  "elements of its own that are named alike":
    "div, section, ol, li, header, footer, form, textarea, h1, h2, p, svg, path { display: inline !important; font-size: 33px !important; fill: red !important; } .panel, .bubble, .message, .icon, .launcher, .hidden, #panel, #chat { display: none !important; } html { display: block !important }",
};
const ALL = Object.entries(HOSTILE);
/** One by one they say which of them it is that shows. */
const SOME = isLong ? ALL : ALL.slice(0, 2);

let site: WidgetSite;
let agent: Agent;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  site = await startWidgetSite();
  site.model.behave(() => ({ text: RICH }));
  agent = await site.server.createPublishedAgent({
    name: "Cakes",
    description: "Knows everything about cakes.",
    config: { greeting: "Cake?", starters: ["When?", "How much?"] },
  });
});
afterAll(() => site?.stop());
beforeEach(async () => {
  complaints.length = 0;
  context = await openContext(site.browser, complaints, { reducedMotion: "reduce" });
  page = await context.newPage();
});
afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

const visit = async (css: string, body: string) => {
  site.show(body, { css: `${css}\n${PLAIN}` });
  await page.goto(site.url);
};
/** The box of one part as it stands on the screen. */
const picture = async (selector: string) => {
  const part = page.locator(selector);
  await part.waitFor();
  const box = (await part.boundingBox())!;
  // A caret that blinks would differ by itself; so would what a mouse is over.
  await page.mouse.move(0, 0);
  await page.evaluate(() => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    (active as HTMLElement | null)?.blur();
  });
  return { box, png: PNG.sync.read(await page.screenshot({ clip: box })) };
};
type Picture = Awaited<ReturnType<typeof picture>>;
/** Where they differ, one place a pixel. */
const differing = (a: Picture, b: Picture) => {
  const places: string[] = [];
  const { data, width } = a.png;
  for (let at = 0; at < data.length; at += 4)
    if (data.readUInt32BE(at) !== b.png.data.readUInt32BE(at)) places.push(`${(at / 4) % width},${Math.floor(at / 4 / width)}`);
  return places;
};
const expectSame = (a: Picture, b: Picture) => {
  expect(b.box).toEqual(a.box);
  const places = differing(a, b);
  expect([places.length, ...places.slice(0, 20)]).toEqual([0]);
};
const LAUNCHER = "button[aria-expanded][aria-label*='chat' i]";
const PANEL = "renus-chat .panel";

/** Both parts, first with nothing said, or as the conversation of this browser goes on. */
const pictures = async (css: string, hasConversation: boolean) => {
  await visit(css, site.tag(agent));
  const closed = await picture(LAUNCHER);
  await page.locator(LAUNCHER).click();
  await page.getByText("AI assistant", { exact: true }).waitFor();
  if (hasConversation) await page.locator("renus-chat table").waitFor();
  else await page.getByRole("heading", { name: "Cake?" }).waitFor();
  if (hasConversation) await page.getByRole("button", { name: "Not helpful" }).waitFor({ state: "attached" });
  return { closed, open: await picture(PANEL), pressed: await picture(LAUNCHER) };
};
const expectAllSame = (a: Awaited<ReturnType<typeof pictures>>, b: Awaited<ReturnType<typeof pictures>>) => {
  for (const name of ["closed", "open", "pressed"] as const) expectSame(a[name], b[name]);
};

describe("a launcher and its panel look the same on a page with", () => {
  test("all of it, when nothing has been said and in the middle of a conversation", async () => {
    // The words of the page, which some of it shows in odd places, would shine through round corners.
    const all = `${ALL.map(([, css]) => css).join("\n")} head, body { visibility: hidden !important; }`;
    const empty = await pictures("", false);
    // The comparison can fail: closed and open are not the same.
    expect(differing(empty.closed, empty.pressed).length).toBeGreaterThan(100);
    expectAllSame(empty, await pictures(all, false));

    await widgetPage(page).say("Tell me everything");
    await page.locator("renus-chat table").waitFor();
    await page.getByText("The end.").first().waitFor();
    await page.locator("renus-chat .caret").waitFor({ state: "detached" });
    expectAllSame(await pictures("", true), await pictures(all, true));
  });

  test.each(SOME)("%s", async (_, css) => {
    expectAllSame(await pictures("", false), await pictures(css, false));
  });
});

describe("a chat that stands in the page looks the same on a page with", () => {
  const element = () =>
    `<renus-chat agent="${agent.slug}" mode="inline"></renus-chat><script src="${site.server.url}/widget/v1.js" async></script>`;
  const inline = async (css: string) => {
    await visit(css, element());
    await page.getByText("AI assistant", { exact: true }).waitFor();
    await page.getByRole("heading", { name: "Cake?" }).waitFor();
    return picture(PANEL);
  };
  /** Where an element stands is the page's to say; what is in it is not. */
  const PLACE =
    "renus-chat { position: fixed !important; top: 20px; left: 20px; width: 500px; height: 600px; margin: 0 !important; padding: 0 !important; border: 0 !important; opacity: 1 !important; } h1 { visibility: hidden !important; } body, main { opacity: 1 !important; transform: none !important; filter: none !important; }";

  test.each(SOME.filter(([name]) => !/body|overlays/.test(name)))("%s", async (_, css) => {
    expectSame(await inline(PLACE), await inline(`${css}\n${PLACE}`));
  });
});
