import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from "playwright-core";
import { PNG } from "pngjs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Agent } from "../../protocol/resources.ts";
import { expectAccessible } from "../support/accessible.ts";
import { findChromium, isEngineAlone, launchChromium } from "../support/chromium.ts";
import { hearComplaints } from "../support/hear-complaints.ts";
import { isLong } from "../support/long.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

// Its types do not fit its module.
const jsQR = createRequire(import.meta.url)("jsqr") as typeof import("jsqr").default;

let server: TestServer;
let browser: Browser;
let agent: Agent;
let contexts: BrowserContext[] = [];
/** What the browser complained about: refused by the policy, thrown, not caught. */
let complaints: string[] = [];

beforeAll(async () => {
  browser = await launchChromium();
  server = await startTestServer();
  agent = await server.createPublishedAgent({
    name: "Padaria & <b>Pão</b>",
    description: 'Answers "questions" about cakes.',
    config: { greeting: "Hi there!", appearance: { color: "#0f766e" } },
  });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});
afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()));
  contexts = [];
  const seen = complaints;
  complaints = [];
  expect(seen).toEqual([]);
});

async function open(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1024, height: 768 },
    locale: "en-US",
    permissions: ["clipboard-read", "clipboard-write"],
    ...options,
  });
  contexts.push(context);
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  hearComplaints(page, complaints);
  return page;
}
const address = (of = agent) => `${server.url}/a/${of.slug}`;
const field = (at: Pick<Page, "getByRole">) => at.getByRole("textbox", { name: "Write a message" });
const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText());
/** What the page says by itself. */
const says = (page: Page, text: string) => page.getByRole("status").filter({ hasText: text });
async function fitsInWidth(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}
/** The page's head as networks and search engines read it. */
async function head(url: string): Promise<(selector: string, attribute?: string) => string | null | undefined> {
  const page = await open({ javaScriptEnabled: false });
  await page.goto(url);
  const found = await page
    .locator("head :is(meta, link)")
    .evaluateAll((all) => all.map((one) => Object.fromEntries([...one.attributes].map(({ name, value }) => [name, value]))));
  return (key, attribute = "content") =>
    found.find((one) => [one["name"], one["property"], one["rel"]].includes(key))?.[attribute];
}
async function picture(path: string, headers: Record<string, string> = {}) {
  const res = await fetch(path, { headers });
  const bytes = Buffer.from(await res.arrayBuffer());
  const isPng = res.headers.get("Content-Type") === "image/png";
  return { status: res.status, headers: res.headers, bytes, png: isPng ? PNG.sync.read(bytes) : null };
}

describe("before the script", () => {
  test("the header is there, says what it waits for, and the chat takes its place to the pixel", async () => {
    for (const viewport of [
      { width: 320, height: 640 },
      { width: 1280, height: 800 },
    ]) {
      const early = await open({ viewport });
      await early.route(/\.js$/, (route) => route.abort());
      await early.goto(address());
      const name = (page: Page) => page.getByRole("heading", { name: "Padaria & <b>Pão</b>" });
      await early.getByText("Connecting…").waitFor();
      const before = (await name(early).boundingBox())!;
      const late = await open({ viewport });
      await late.goto(address());
      await field(late).waitFor();
      const after = (await name(late).boundingBox())!;
      for (const side of ["x", "y", "height"] as const)
        expect([side, Math.abs(after[side] - before[side]) < 1]).toEqual([side, true]);
    }
  });

  test("the chat greets before the server has answered", async () => {
    const page = await open();
    let go = () => {};
    const isHeld = new Promise<void>((resolve) => (go = resolve));
    await page.route("**/public/agents/*/sessions", async (route) => {
      await isHeld;
      await route.continue();
    });
    await page.goto(address());
    await page.getByRole("heading", { name: "Hi there!" }).waitFor();
    await says(page, "Connecting…").waitFor();
    go();
    await says(page, "AI assistant").waitFor();
  });

  test("without JavaScript one reads what this is, what to do, and gets a code for the phone", async () => {
    const page = await open({ javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
    await page.goto(address());
    // Not by role or text: those leave out what stands in a noscript.
    const notice = page.locator("noscript");
    const words = await notice.innerText();
    for (const part of ['Answers "questions" about cakes.', "This chat needs JavaScript.", address()])
      expect(words).toContain(part);
    expect(await page.getByText("Connecting…").isVisible()).toBe(false);
    const code = notice.locator("img");
    await expect.poll(() => code.boundingBox()).toMatchObject({ width: 200, height: 200 });
    const { data, width, height } = PNG.sync.read(await code.screenshot());
    expect(jsQR(new Uint8ClampedArray(data), width, height)?.data).toBe(`${address()}?src=qr`);
    await fitsInWidth(page);
  });

  test("the policy is strict and lets no other site frame the page", async () => {
    const res = await fetch(address());
    const policy = res.headers.get("Content-Security-Policy")!;
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "require-trusted-types-for 'script'"])
      expect(policy.split("; ")).toContain(part);
    expect(policy.split("; ")).toContain("frame-ancestors 'self'");
    expect(policy).not.toMatch(/unsafe|\*/);
    const text = await res.text();
    expect(text).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*(src=|application\/json))/);
    expect(text).not.toContain("<b>Pão");
  });
});

describe("sharing", () => {
  test("without a native sheet the address goes to the clipboard, without the query", async () => {
    const page = await open();
    await page.goto(`${address()}?src=flyer`);
    await page.getByRole("button", { name: "Share" }).click();
    await says(page, "Link copied").waitFor();
    expect(await clipboard(page)).toBe(address());
    await says(page, "Link copied").waitFor({ state: "detached" });
  });

  test("without a clipboard as well, as on plain http, it is copied all the same", async () => {
    const page = await open();
    await page.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
    await page.goto(address());
    await page.getByRole("button", { name: "Share" }).click();
    await says(page, "Link copied").waitFor();
    const other = await contexts[0]!.newPage();
    await other.goto(address());
    expect(await clipboard(other)).toBe(address());
  });

  test("a native sheet is used; closing it says nothing, failing copies", async () => {
    const page = await open();
    await page.addInitScript(() => {
      const shared: unknown[] = [];
      Object.assign(window, { shared, outcome: "" });
      // Headless Chromium has no sheet.
      Object.defineProperty(navigator, "share", {
        value: (data: unknown) => {
          shared.push(data);
          const { outcome } = window as unknown as { outcome: string };
          return outcome ? Promise.reject(new DOMException("no", outcome)) : Promise.resolve();
        },
      });
    });
    await page.goto(address());
    const share = page.getByRole("button", { name: "Share" });
    await share.click();
    expect(await page.evaluate(() => (window as any).shared)).toEqual([{ title: "Padaria & <b>Pão</b>", url: address() }]);
    await page.evaluate(() => ((window as any).outcome = "AbortError"));
    await share.click();
    expect(await says(page, "Link copied").count()).toBe(0);
    await page.evaluate(() => ((window as any).outcome = "NotAllowedError"));
    await share.click();
    await says(page, "Link copied").waitFor();
  });
});

describe("the QR dialog", () => {
  test("is not there, nor its picture fetched, before somebody asks; then it can be read, copied, downloaded, closed", async () => {
    const page = await open({ viewport: { width: 320, height: 640 } });
    const requests: string[] = [];
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    await page.goto(address());
    await field(page).waitFor();
    expect(await page.locator("dialog").count()).toBe(0);
    expect(requests.filter((path) => /qr/.test(path))).toEqual([]);

    const link = page.getByRole("link", { name: "QR code" });
    await link.click();
    const dialog = page.getByRole("dialog", { name: "Scan to chat with Padaria & <b>Pão</b>" });
    const image = dialog.getByRole("img", { name: "QR code" });
    await expect.poll(() => image.evaluate((node: HTMLImageElement) => node.naturalWidth)).toBeGreaterThan(0);
    expect(requests).toContain(`/a/${agent.slug}/qr.svg`);
    const { data, width, height } = PNG.sync.read(await image.screenshot());
    expect(jsQR(new Uint8ClampedArray(data), width, height)?.data).toBe(`${address()}?src=qr`);
    await expectAccessible(page);
    await fitsInWidth(page);

    await dialog.getByRole("button", { name: "Copy link" }).click();
    await dialog.getByText("Link copied").waitFor();
    expect(await clipboard(page)).toBe(address());
    const [download] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("link", { name: "Download" }).click()]);
    expect(download.suggestedFilename()).toBe(`${agent.slug}.png`);

    await dialog.getByRole("button", { name: "Close" }).click();
    await dialog.waitFor({ state: "hidden" });
    expect(await link.evaluate((node) => node === document.activeElement)).toBe(true);
    await page.keyboard.press("Enter");
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    await link.click();
    await dialog.waitFor();
    await page.mouse.click(5, 5);
    await dialog.waitFor({ state: "hidden" });
  });
});

describe("in a frame", () => {
  /** Two websites on origins of their own that show in a frame what their query names. */
  let sites: Server[];
  let urls: string[];
  beforeAll(async () => {
    sites = [0, 1].map(() =>
      createServer((req, res) => {
        const src = decodeURIComponent(new URL(req.url!, "http://x").search.slice(1));
        res.writeHead(200, { "Content-Type": "text/html" });
        res.end(
          `<!doctype html><html lang="en"><title>Site</title><body style="margin:0"><main><h1>Site</h1><iframe title="Chat" src="${src}" width="320" height="480" style="border:0"></iframe></main></html>`,
        );
      }).listen(0, "127.0.0.1"),
    );
    await Promise.all(sites.map((site) => new Promise((resolve) => site.once("listening", resolve))));
    urls = sites.map((site) => `http://127.0.0.1:${(site.address() as AddressInfo).port}`);
  });
  afterAll(() => sites?.forEach((site) => void site.close()));

  const frameOn = async (site: string, src: string) => {
    const page = await open();
    await page.goto(`${site}/?${encodeURIComponent(src)}`);
    return { page, frame: page.frameLocator("iframe") };
  };
  const isRefused = async (site: string, src: string) => {
    const { page } = await frameOn(site, src);
    await expect.poll(() => page.frames()[1]?.url()).toMatch(/^chrome-error:/);
    await expect.poll(() => complaints.some((text) => /frame-ancestors/.test(text))).toBe(true);
    complaints = complaints.filter((text) => !/frame-ancestors/.test(text));
  };

  test("the chat stands alone and fills a frame of 320 px: no sharing, nothing to install, nothing for search engines", async () => {
    const { page, frame } = await frameOn(urls[0]!, `${address()}?embed=1&src=partner`);
    await field(frame).waitFor();
    for (const name of ["Share", "QR code"]) {
      expect(await frame.getByRole("button", { name }).count()).toBe(0);
      expect(await frame.getByRole("link", { name }).count()).toBe(0);
    }
    const inside = page.frames()[1]!;
    expect(
      await inside.evaluate(() => {
        const { scrollWidth, scrollHeight } = document.documentElement;
        return [scrollWidth, scrollHeight, innerWidth, innerHeight];
      }),
    ).toEqual([320, 480, 320, 480]);
    const box = (await field(frame).boundingBox())!;
    const outer = (await page.locator("iframe").boundingBox())!;
    expect(box.y + box.height).toBeLessThanOrEqual(outer.y + 480);
    expect(box.y).toBeGreaterThan(outer.y + 380);
    await expectAccessible(page, { part: "iframe" });

    await field(frame).fill("hello from the frame");
    await field(frame).press("Enter");
    await frame.getByText("hello from the frame", { exact: true }).first().waitFor();
    await expect
      .poll(async () => (await server.ok("GET", `/conversations?agent_id=${agent.id}&has_messages=true`)).data[0]?.source)
      .toBe("partner");

    const res = await fetch(`${address()}?embed=1`);
    expect(res.headers.get("X-Robots-Tag")).toBe("noindex");
    const meta = await head(`${address()}?embed=1&src=partner`);
    expect(meta("canonical", "href")).toBe(address());
    expect(meta("robots")).toBe("noindex");
    expect([meta("manifest", "href"), meta("og:image"), meta("apple-touch-icon", "href")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("only where the owner allows it: everywhere without a list, then on its websites alone; the page itself never", async () => {
    const [allowed, other] = urls as [string, string];
    const listed = await server.createPublishedAgent({ name: "Listed" });
    const policy = async (query: string) =>
      (await fetch(address(listed) + query)).headers.get("Content-Security-Policy")!.split("; ").at(-3);
    expect(await policy("?embed=1")).toBe("frame-ancestors *");
    expect(await policy("")).toBe("frame-ancestors 'self'");
    expect(await policy("?embed=0")).toBe("frame-ancestors 'self'");
    await server.ok("PATCH", `/agents/${listed.id}`, {
      body: { config: { allowed_origins: [allowed, "https://*.shop.example"] } },
    });
    expect(await policy("?embed=1")).toBe(`frame-ancestors 'self' ${allowed} https://*.shop.example`);
    expect(await policy("")).toBe("frame-ancestors 'self'");
    expect(await (await fetch(`${address(listed)}?embed=1`)).text()).not.toContain("shop.example");

    await field((await frameOn(allowed, `${address(listed)}?embed=1`)).frame).waitFor();
    await isRefused(other, `${address(listed)}?embed=1`);
    await isRefused(allowed, address(listed));
  });

  test("what is not there says so in the frame", async () => {
    const { frame } = await frameOn(urls[0]!, `${server.url}/a/nobody?embed=1`);
    await frame.getByRole("heading", { name: "This chat does not exist" }).waitFor();
  });
});

describe("elsewhere", () => {
  test("networks show a card of the agent, which is cached until the agent changes", async () => {
    const shown = await server.createPublishedAgent({
      name: "Ana",
      description: "Bakes.",
      config: { appearance: { color: "#0f766e" } },
    });
    const meta = await head(address(shown));
    expect(meta("twitter:card")).toBe("summary_large_image");
    expect([meta("og:image:width"), meta("og:image:height"), meta("og:image:alt")]).toEqual(["1200", "630", "Chat with Ana"]);
    expect(meta("theme-color")).toBe("#0f766e");
    const url = meta("og:image")!;
    expect(url).toMatch(new RegExp(`^${address(shown)}/og\\.png\\?v=[\\w-]+$`));
    expect(meta("twitter:image")).toBe(url);

    const first = await picture(url);
    expect([first.status, first.png?.width, first.png?.height]).toEqual([200, 1200, 630]);
    expect([...first.png!.data.subarray(0, 4)]).toEqual([0x0f, 0x76, 0x6e, 255]);
    expect(first.headers.get("Cache-Control")).toMatch(/immutable/);
    expect((await picture(`${address(shown)}/og.png`)).headers.get("Cache-Control")).toMatch(/max-age=3600/);
    const etag = first.headers.get("ETag")!;
    expect(await picture(url, { "If-None-Match": `"other", W/${etag}` })).toMatchObject({ status: 304 });

    await server.ok("PATCH", `/agents/${shown.id}`, { body: { name: "Bea" } });
    const changed = (await head(address(shown)))("og:image")!;
    expect(changed).not.toBe(url);
    const second = await picture(changed, { "If-None-Match": etag });
    expect([second.status, second.bytes.equals(first.bytes)]).toEqual([200, false]);
    // Who still knows the old address gets the card of today.
    expect((await picture(url)).bytes.equals(second.bytes)).toBe(true);

    await server.ok("POST", `/agents/${shown.id}/unpublish`);
    expect((await picture(changed)).status).toBe(404);
  });

  test.each(["og.jpg", "icon-64.png", "icon-512.png.bak", "icon-maskable-180.png", "OG.png"])("there is no %s", async (name) => {
    expect((await picture(`${address()}/${name}`)).status).toBe(404);
  });

  test("Chromium finds the page worth installing, and its icons are what the manifest says they are", async () => {
    // A profile of its own: the pages of other tests are private ones, which install nothing.
    const profile = await chromium.launchPersistentContext("", {
      executablePath: findChromium()!,
      headless: true,
      args: ["--no-sandbox", "--disable-gpu", "--no-first-run"],
    });
    contexts.push(profile);
    const page = await profile.newPage();
    const devtools = await profile.newCDPSession(page);
    // The engine alone installs nothing; then only what the manifest says is looked at.
    const problems = async () =>
      isEngineAlone(findChromium()!)
        ? null
        : (await devtools.send("Page.getInstallabilityErrors")).installabilityErrors.map(({ errorId }) => errorId);
    await page.goto(`${server.url}/a/nobody`);
    expect((await problems()) ?? ["no-manifest"]).toEqual(["no-manifest"]);
    await page.goto(address());
    expect((await problems()) ?? []).toEqual([]);
    const { errors, data } = await devtools.send("Page.getAppManifest");
    expect(errors).toEqual([]);

    const manifest = JSON.parse(data!);
    expect(manifest).toMatchObject({
      name: "Padaria & <b>Pão</b>",
      start_url: `/a/${agent.slug}?src=app`,
      scope: `/a/${agent.slug}`,
      display: "standalone",
      theme_color: "#0f766e",
    });
    const sizes = new Map<string, number>();
    for (const icon of manifest.icons.filter(({ type }: { type: string }) => type === "image/png")) {
      const { png } = await picture(server.url + icon.src);
      expect(`${png!.width}x${png!.height}`).toBe(icon.sizes);
      // The system cuts what is maskable, so that must reach the edge; the other has its shape already.
      expect([icon.purpose, png!.data[3]]).toEqual([icon.purpose, icon.purpose === "maskable" ? 255 : 0]);
      sizes.set(`${icon.purpose} ${icon.sizes}`, 1);
    }
    expect([...sizes.keys()].sort()).toEqual(["any 192x192", "any 512x512", "maskable 192x192", "maskable 512x512"]);
    const touch = await picture(server.url + (await head(address()))("apple-touch-icon", "href")!);
    expect([touch.png?.width, touch.png?.data[3]]).toEqual([180, 255]);
  });

  test("long names are cut between words for icons, never within a character", async () => {
    const shortName = async (name: string) => {
      const named = await server.createPublishedAgent({ name });
      return (await (await fetch(`${address(named)}/manifest.webmanifest`)).json()).short_name;
    };
    expect(await shortName("The assistant of the municipal gardens")).toBe("The assistant of the");
    expect(await shortName("🍕".repeat(40))).toBe("🍕".repeat(24));
  });
});

describe("where nobody answers", () => {
  const LANGUAGES = [
    ["en-GB", "This chat does not exist", "This chat is taking a break", "Try again"],
    ["pt-BR", "Esta conversa não existe", "Esta conversa está em pausa", "Tentar de novo"],
    ["es-MX", "Este chat no existe", "Este chat está en pausa", "Intentar de nuevo"],
  ] as const;

  test.each(LANGUAGES.slice(isLong ? 0 : 1, isLong ? 3 : 2))("%s: %s", async (locale, missing, pausedTitle, again) => {
    const paused = await server.createPublishedAgent({ name: "Paused" });
    await server.ok("POST", `/agents/${paused.id}/unpublish`);
    const page = await open({ locale, viewport: { width: 320, height: 568 } });
    for (const [url, title] of [
      [`${server.url}/a/nobody`, missing],
      [address(paused), pausedTitle],
    ] as const) {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        const res = await page.goto(url);
        expect([res!.status(), res!.headers()["x-robots-tag"]]).toEqual([404, "noindex"]);
        await page.getByRole("heading", { name: title }).waitFor();
        await expectAccessible(page);
        await fitsInWidth(page);
      }
    }
    await server.ok("POST", `/agents/${paused.id}/publish`);
    await page.getByRole("link", { name: again }).click();
    await page.getByRole("heading", { name: "Paused" }).waitFor();
  });
});

test("at 320 px, light and dark, with the longest names, nothing is cut off or unreadable", async () => {
  const long = await server.createPublishedAgent({
    name: "W".repeat(120),
    description: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(4),
    config: { greeting: "x".repeat(200), starters: ["y".repeat(120)], appearance: { color: "#facc15" } },
  });
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await open({ viewport: { width: 320, height: 568 }, colorScheme });
    await page.goto(address(long));
    await field(page).waitFor();
    await fitsInWidth(page);
    for (const control of [page.getByRole("button", { name: "Share" }), page.getByRole("link", { name: "QR code" })]) {
      const { x, width, height } = (await control.boundingBox())!;
      expect([x >= 0, x + width <= 320, width >= 24, height >= 24]).toEqual([true, true, true, true]);
    }
    await expectAccessible(page);
    await page.getByRole("link", { name: "QR code" }).click();
    await page.getByRole("dialog").getByRole("img", { name: "QR code" }).waitFor();
    await fitsInWidth(page);
    await expectAccessible(page);
  }
});
