import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Message, Page as PageOf } from "../../protocol/resources.ts";
import { launchChromium } from "../support/chromium.ts";
import { isLong } from "../support/long.ts";
import { startOpenAiServer, type OpenAiServer } from "../support/openai-server.ts";
import { ADMIN, startTestServer } from "../support/server.ts";

declare global {
  interface Window {
    /** What has the focus, and how it looks with it. */
    focused: { element: Element; look: string } | undefined;
  }
}
const soon = { timeout: 15_000 };

let model: OpenAiServer;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [model, browser] = await Promise.all([startOpenAiServer(), launchChromium()]);
  model.behave(({ user, isRouting }) => (isRouting ? {} : { text: `About “${user}”: yes.` }));
});
afterAll(async () => {
  await browser?.close();
  await model?.stop();
});

/** Words on what is wrong with the element that has the focus, or had it before this one; empty: nothing. */
function focusProblem(): Promise<string> {
  return page.evaluate(() => {
    const lookOf = (element: Element) => {
      const around = [element, element.parentElement!, element.parentElement!.parentElement!];
      const styles = [...around.map((one) => getComputedStyle(one)), getComputedStyle(element, "::after")];
      return JSON.stringify(
        styles.map(({ outlineStyle, outlineWidth, boxShadow }) => [
          outlineStyle === "none" ? "" : outlineStyle + outlineWidth,
          boxShadow,
        ]),
      );
    };
    const nameOf = (element: Element) =>
      `${element.localName} “${element.getAttribute("aria-label") ?? element.id} ${element.textContent.slice(0, 80)}”`;
    const before = window.focused;
    const element = document.activeElement!;
    window.focused = element === document.body ? undefined : { element, look: lookOf(element) };
    // What has the focus in a frame shows it there.
    if (
      before &&
      before.element.localName !== "iframe" &&
      before.element !== element &&
      before.element.isConnected &&
      lookOf(before.element) === before.look
    )
      return `looks the same with and without the focus: ${nameOf(before.element)}`;
    // After the last one comes the browser's own bar.
    if (element === document.body) return "";
    const { top, left, right, bottom } = element.getBoundingClientRect();
    // A browser brings the caret of a long text into view, not all of the text.
    const isWhole = bottom - top < innerHeight / 2 && !element.matches("textarea");
    const isInside =
      left >= -1 &&
      right <= innerWidth + 1 &&
      (isWhole ? top >= -1 && bottom <= innerHeight + 1 : top < innerHeight && bottom > 0);
    if (!isInside) return `outside of what is in view, ${JSON.stringify({ top, left, right, bottom })}: ${nameOf(element)}`;
    const y = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2;
    const hit = document.elementFromPoint((left + right) / 2, y);
    // That one goes away by itself.
    if (hit?.closest(".toast")) return "";
    const isCovered = !hit || !(element.contains(hit) || hit.contains(element) || hit.closest("label")?.contains(element));
    return isCovered ? `covered by ${hit && nameOf(hit)}: ${nameOf(element)}` : "";
  });
}
const hasFocus = (target: Locator) =>
  target.evaluateAll((elements) => elements.some((element) => (element.getRootNode() as Document).activeElement === element));

/** Presses Tab until `target` has the focus. All that have it on the way can be seen, and seen to have it. */
async function tabTo(target: Locator, { atMost = 40, key = "Tab" } = {}): Promise<void> {
  await target.waitFor();
  for (let pressed = 0; !(await hasFocus(target)); pressed++) {
    if (pressed === atMost) throw new Error(`${target.toString()} is not among the next ${atMost} elements that have the focus.`);
    await page.keyboard.press(key);
    expect(await focusProblem()).toBe("");
  }
}
const button = (name: string) => page.getByRole("button", { name, exact: true });
/** By how its name begins: what is optional says so at its end. */
const field = (name: string) => page.getByRole("textbox", { name: new RegExp(`^${name}`) });
async function press(target: Locator, key = "Enter", options = {}): Promise<void> {
  await tabTo(target, options);
  await page.keyboard.press(key);
}
async function type(name: string, text: string, options = {}): Promise<void> {
  await tabTo(field(name), options);
  await page.keyboard.press("Control+a");
  await page.keyboard.type(text);
}
/** Whatever was pressed is gone or resting: the next key still has a place to start from. */
const keepsFocus = () => expect.poll(() => page.evaluate(() => document.activeElement !== document.body), soon).toBe(true);

// WCAG 1.4.4.
const VIEWPORTS: [string, { width: number; height: number }][] = [["at 200 %", { width: 640, height: 360 }]];
if (isLong) VIEWPORTS.push(["in a window", { width: 1280, height: 720 }]);

test.each(VIEWPORTS)(
  "%s: by keys alone from an empty database to an answer by a person",
  { timeout: 120_000 },
  async (_, viewport) => {
    const server = await startTestServer({ environment: { OPENAI_BASE_URL: model.url } });
    const context = await browser.newContext({ viewport, locale: "en-US", reducedMotion: "reduce" });
    context.setDefaultTimeout(15_000);
    try {
      page = await context.newPage();
      await page.goto(server.url);
      await type("E-mail", ADMIN.email);
      await type("Password", "not this one");
      await press(button("Sign in"), "Space");
      await page.getByRole("alert").getByText("is wrong").waitFor();
      // The wrong one is chosen already.
      await expect.poll(() => hasFocus(field("Password")), soon).toBe(true);
      await page.keyboard.type(ADMIN.password);
      await press(button("Sign in"));

      await press(page.getByRole("link", { name: "Create an agent" }));
      await type("Name", "Northwind Bakery");
      await tabTo(page.getByRole("radio", { checked: true }));
      // A group of choices is one stop; the arrows go around in it.
      for (const _ of Array(8)) {
        if (await hasFocus(page.getByRole("radio", { name: /^Scheduling/ }))) break;
        await page.keyboard.press("ArrowDown");
        expect(await focusProblem()).toBe("");
      }
      expect(await page.getByRole("radio", { name: /^Scheduling/ }).isChecked()).toBe(true);
      await type("Field of work", "Bakery");
      await press(button("Continue"));

      await page.getByRole("heading", { name: "How it speaks" }).waitFor();
      await type("Greeting", "Fresh bread today!");
      await type("Personality", "Warm, and knows every loaf.", { key: "Shift+Tab" });
      await press(button("Continue"));

      await page.getByRole("heading", { name: "What it asks for" }).waitFor();
      await press(button("Something else"));
      await expect.poll(() => hasFocus(page.locator(".field-row").last().getByRole("textbox")), soon).toBe(true);
      await page.keyboard.type("Kind of bread");
      await tabTo(page.getByRole("combobox", { name: /kind$/ }).last());
      await page.keyboard.type("Choice");
      await press(page.getByRole("checkbox", { name: "Required" }).last(), "Space");
      await press(button("Remove field 1: Name"), "Space", { key: "Shift+Tab" });
      await keepsFocus();
      await press(button("Continue"));

      await page.getByRole("heading", { name: "Where it works" }).waitFor();
      const preview = page.frameLocator("iframe");
      await press(preview.getByRole("list", { name: "Suggestions" }).getByRole("button").first());
      await preview
        .getByRole("listitem")
        .getByText(/^About/)
        .waitFor();
      await expect.poll(() => hasFocus(preview.getByRole("textbox")), soon).toBe(true);
      await page.keyboard.type("Do you bake rye?");
      await page.keyboard.press("Enter");
      await preview.getByRole("listitem").getByText("About “Do you bake rye?”: yes.").waitFor();
      await press(preview.getByRole("button", { name: "More" }), "Enter", { key: "Shift+Tab" });
      await press(preview.getByRole("button", { name: "New conversation" }));
      await preview.getByText("Fresh bread today!").waitFor();
      await keepsFocus();
      await press(button("Publish"), "Enter", { key: "Shift+Tab" });
      await page.getByText("“Northwind Bakery” is live.").waitFor();
      await tabTo(button("Copy link"));

      const { data: agents } = await server.ok("GET", "/agents");
      expect(agents[0].config.step_3_data.fields.at(-1)).toMatchObject({
        label: "Kind of bread",
        type: "select",
        required: true,
      });
      const began: string[] = [];
      for (const text of ["Do you deliver?", "Are you open?", "Is there rye?"]) {
        const { token, conversation_id } = await server.createSession(agents[0].slug);
        const body = { type: "message", conversation_id, content: text, client_message_id: crypto.randomUUID() };
        await server.ok("POST", "/public/frames", { token, body });
        began.push(conversation_id);
      }

      await press(page.getByRole("link", { name: /^Conversations/ }), "Enter", { key: "Shift+Tab" });
      await press(page.locator(".desk-row", { hasText: /Do you deliver/ }));
      const log = page.getByRole("log", { name: "Messages" });
      await log.getByText("About “Do you deliver?”: yes.").waitFor();
      // Not through all the other conversations once more.
      await press(button("Take over"), "Enter", { atMost: 4 });
      const composer = field("Message to the visitor");
      await expect.poll(() => hasFocus(composer), soon).toBe(true);
      expect(await focusProblem()).toBe("");
      await page.keyboard.type("A person here: we do.");
      await page.keyboard.press("Enter");
      await log.getByText("A person here: we do.").waitFor();
      await expect
        .poll(async () => {
          const { data } = await server.ok<PageOf<Message>>("GET", `/conversations/${began[0]}/messages`);
          return data.filter(({ role }) => role === "operator").map(({ content }) => content);
        }, soon)
        .toEqual(["A person here: we do."]);
      await press(button("Hand back"), "Space", { key: "Shift+Tab" });
      await button("Take over").waitFor();
      await keepsFocus();
    } finally {
      await context.close();
      await server.stop();
    }
  },
);
