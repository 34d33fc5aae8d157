import { join } from "node:path";
import { ask, inBrowser, serveSite, type Site } from "../browser.ts";
import { report } from "../report.ts";
import { bundle } from "./bundle.ts";

export interface CheckInput {
  /** Origin of the chat server. */
  server: string;
  /** Slug of a published agent. */
  agent: string;
  question?: string;
  /** For each step. Default 30 s. */
  timeoutMs?: number;
}

/**
 * Bundles the application and uses it in a real browser: one launcher under React's strict mode, opened by the ref, another
 * theme in the middle of the conversation, gone and back with it. Returns the answer; throws when anything is missing.
 */
export async function checkReact(input: CheckInput): Promise<string> {
  const site = await serveApp();
  try {
    return await inBrowser(input.timeoutMs ?? 30_000, async (page) => {
      const launchers = page.getByRole("button", { expanded: false });
      const expectLaunchers = async (count: number) => {
        const found = await launchers.count();
        if (found !== count) throw new Error(`There are ${found} launchers instead of ${count}.`);
      };
      await page.goto(`${site.url}?${new URLSearchParams({ origin: input.server, agent: input.agent }).toString()}`);
      await launchers.first().waitFor();
      await expectLaunchers(1);

      await page.getByRole("button", { name: "Ask about delivery" }).click();
      const field = page.getByRole("textbox");
      await field.waitFor();
      const words = await field.inputValue();
      if (words !== "How long does delivery take?") throw new Error(`The field holds "${words}".`);
      const answer = await ask(page, input.question ?? words);
      await page.getByText("2 messages so far").waitFor();

      const panel = page.locator("[part=panel]");
      const before = await panel.evaluate((element) => getComputedStyle(element).backgroundColor);
      await page.getByRole("button", { name: "Other theme" }).click();
      await page.waitForFunction(([element, color]) => getComputedStyle(element as Element).backgroundColor !== color, [
        await panel.elementHandle(),
        before,
      ] as const);
      if ((await panel.locator(".message").count()) !== 2) throw new Error("Another theme has begun another chat.");

      await page.getByRole("button", { name: "Without chat" }).click();
      await panel.waitFor({ state: "detached" });
      await expectLaunchers(0);
      await page.getByRole("button", { name: "With chat" }).click();
      await launchers.first().waitFor();
      await expectLaunchers(1);
      await launchers.click();
      await page.locator(".message.assistant").waitFor();
      return answer;
    });
  } finally {
    site.close();
  }
}

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8" /><title>Invoices</title><link rel="icon" href="data:," />
<script type="module" src="app.js"></script></head><body><div id="root"></div></body></html>`;

async function serveApp(): Promise<Site> {
  const files = await bundle(join(import.meta.dirname, "app.tsx"));
  return serveSite((path) => {
    if (path === "/") return { type: "text/html", text: PAGE };
    const text = files.get(path.slice(1));
    return text === undefined ? undefined : { type: "text/javascript", text };
  });
}

if (import.meta.main) {
  const [server = "http://127.0.0.1:3000", agent = "demo"] = process.argv
    .slice(2)
    .filter((argument) => !argument.startsWith("--"));
  if (process.argv.includes("--serve"))
    console.log(`The application is at ${(await serveApp()).url}?origin=${server}&agent=${agent}`);
  else await report(async () => `The agent answered:\n\n${await checkReact({ server, agent })}`);
}
