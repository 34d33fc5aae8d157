import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ask, inBrowser, serveSite, type Site } from "../browser.ts";
import { report } from "../report.ts";

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
  try {
    return await inBrowser(input.timeoutMs ?? 30_000, async (page) => {
      await page.goto(shop.url);
      await page.getByRole("button", { expanded: false }).click();
      const answer = await ask(page, input.question ?? "How long does delivery take?");
      if (input.screenshot) await page.screenshot({ path: input.screenshot });
      return answer;
    });
  } finally {
    shop.close();
  }
}

/** The folder over HTTP, with the tag's address and agent replaced by the given ones. */
async function serveShop(server: string, agent: string): Promise<Site> {
  const types: Record<string, string> = { "/": "text/html", "/style.css": "text/css" };
  return serveSite(async (path) => {
    const type = types[path];
    if (!type) return undefined;
    const text = await readFile(join(import.meta.dirname, path === "/" ? "index.html" : path), "utf8");
    return { type, text: text.replace("http://127.0.0.1:3000", server).replace('data-agent="demo"', `data-agent="${agent}"`) };
  });
}

if (import.meta.main) {
  const [server = "http://127.0.0.1:3000", agent = "demo"] = process.argv
    .slice(2)
    .filter((argument) => !argument.startsWith("--"));
  if (process.argv.includes("--serve")) console.log(`The shop is at ${(await serveShop(server, agent)).url}`);
  else await report(async () => `The agent answered:\n\n${await checkScriptTag({ server, agent })}`);
}
