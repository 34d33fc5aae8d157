import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { launchChromium } from "../../tests/support/chromium.ts";

export interface CheckInput {
  /** Origin of the chat server. */
  server: string;
  /** Slug of a published agent. */
  agent: string;
  question?: string;
  /** For each step. Default 30 s. */
  timeoutMs?: number;
  /** Path of a PNG of the page with the answer. */
  screenshot?: string;
}

/** Serves the shop on an origin of its own, chats with its agent in a real browser, and returns the answer. Throws when anything is missing. */
export async function checkScriptTag(input: CheckInput): Promise<string> {
  const shop = await serveShop(input.server, input.agent);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: "en-US" });
    page.setDefaultTimeout(input.timeoutMs ?? 30_000);
    const problems: string[] = [];
    page.on("pageerror", (err) => problems.push(err.message));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    await page.goto(shop.url);
    const launcher = page.getByRole("button", { expanded: false });
    await launcher.click();
    const composer = page.getByRole("textbox");
    await composer.fill(input.question ?? "How long does delivery take?");
    await composer.press("Enter");

    const reply = page.locator('renus-message[role-name="assistant"]').last();
    const bubble = reply.locator(".bubble");
    await bubble.waitFor();
    // It streams: its text is seen to grow until the caret goes.
    const lengths = new Set<number>();
    do lengths.add((await bubble.innerText()).trim().length);
    while ((await reply.locator(".caret").count()) > 0);
    const answer = (await bubble.innerText()).trim();
    if (input.screenshot) await page.screenshot({ path: input.screenshot });
    if (answer.length === 0) throw new Error("The answer is empty.");
    if (lengths.size < 2) throw new Error("The answer came at once instead of streaming.");
    if (problems.length > 0) throw new Error(`The page reported: ${problems.join("; ")}`);
    return answer;
  } finally {
    await browser.close();
    shop.close();
  }
}

/** The folder over HTTP on a free port, with the tag's address and agent replaced by the given ones. */
async function serveShop(server: string, agent: string): Promise<{ url: string; close(): void }> {
  const files: Record<string, string> = { "/": "text/html", "/style.css": "text/css" };
  const http = createServer((req, res) => {
    const path = new URL(req.url ?? "/", "http://shop").pathname;
    const type = files[path];
    if (!type) return void res.writeHead(404).end();
    readFile(join(import.meta.dirname, path === "/" ? "index.html" : path), "utf8").then(
      (text) => {
        const body = text.replace("http://127.0.0.1:3000", server).replace('data-agent="demo"', `data-agent="${agent}"`);
        res.writeHead(200, { "Content-Type": `${type}; charset=utf-8` }).end(body);
      },
      () => res.writeHead(500).end(),
    );
  });
  await new Promise<void>((listening) => http.listen(0, "127.0.0.1", listening));
  const close = () => {
    http.close();
    http.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/`, close };
}

if (import.meta.main) {
  const [server = "http://127.0.0.1:3000", agent = "demo"] = process.argv
    .slice(2)
    .filter((argument) => !argument.startsWith("--"));
  if (process.argv.includes("--serve")) console.log(`The shop is at ${(await serveShop(server, agent)).url}`);
  else {
    try {
      console.log(`The agent answered:\n\n${await checkScriptTag({ server, agent })}`);
    } catch (err) {
      console.error(`The check failed: ${(err as Error).message}`);
      process.exit(1);
    }
  }
}
