import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Locator, Page } from "playwright-core";
import { launchChromium } from "../tests/support/chromium.ts";

/** Answer of a path: what kind of text, the text, and headers besides. */
export interface Served {
  type: string;
  text: string;
  headers?: Record<string, string>;
}

export interface Site {
  url: string;
  close(): void;
}

/** A website on an origin of its own: a free port of the loopback. `answer` gives undefined for what is not there. */
export async function serveSite(answer: (path: string) => Served | undefined | Promise<Served | undefined>): Promise<Site> {
  const http = createServer((req, res) => {
    void Promise.resolve(answer(new URL(req.url ?? "/", "http://site").pathname)).then(
      (served) => {
        if (!served) return res.writeHead(404).end();
        return res.writeHead(200, { "Content-Type": `${served.type}; charset=utf-8`, ...served.headers }).end(served.text);
      },
      (err: unknown) => res.writeHead(500).end(String(err)),
    );
  });
  await new Promise<void>((listening) => http.listen(0, "127.0.0.1", listening));
  const close = () => {
    http.close();
    http.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/`, close };
}

/** Runs `visit` in a real browser and throws what its page complained about: thrown, refused by a policy, not found. */
export async function inBrowser<T>(timeoutMs: number, visit: (page: Page) => Promise<T>): Promise<T> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: "en-US" });
    page.setDefaultTimeout(timeoutMs);
    const problems: string[] = [];
    page.on("pageerror", (err) => problems.push(err.message));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    const result = await visit(page).catch((err: unknown) => {
      throw new Error([(err as Error).message, ...problems].join("\n"), { cause: err });
    });
    if (problems.length > 0) throw new Error(`The page reported: ${problems.join("; ")}`);
    return result;
  } finally {
    await browser.close();
  }
}

/** Writes into an open chat and returns the answer. Throws when it is empty, or came at once instead of streaming. */
export async function ask(chat: Page | Locator, question: string): Promise<string> {
  const field = chat.getByRole("textbox");
  await field.fill(question);
  await field.press("Enter");
  const reply = chat.locator(".message.assistant").last();
  const bubble = reply.locator(".bubble");
  await bubble.waitFor();
  // It streams: its text is seen to grow until the caret goes.
  const lengths = new Set<number>();
  do lengths.add((await bubble.innerText()).trim().length);
  while ((await reply.locator(".caret").count()) > 0);
  const answer = (await bubble.innerText()).trim();
  if (answer === "") throw new Error("The answer is empty.");
  if (lengths.size < 2) throw new Error("The answer came at once instead of streaming.");
  return answer;
}
