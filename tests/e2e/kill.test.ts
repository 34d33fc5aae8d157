import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { ANSWER, expectOneWholeReply, startInterruptible } from "../support/kill-scenario.ts";
import { isLong } from "../support/long.ts";
import { createPostgresDatabase, TEST_JWT_SECRET } from "../support/postgres.ts";

let browser: Browser;
beforeAll(async () => void (browser = await launchChromium()));
afterAll(() => browser.close());

// Without a browser both databases are killed in every run.
test.each(
  [
    ["the embedded database", async () => ({})],
    ["PostgreSQL", async () => ({ DATABASE_URL: await createPostgresDatabase(), JWT_SECRET: TEST_JWT_SECRET })],
  ].slice(0, isLong ? 2 : 1) as [string, () => Promise<Record<string, string>>][],
)("an open page gets the whole reply after a kill -9 without reload, on %s", { timeout: 180_000 }, async (_, environment) => {
  const world = await startInterruptible(await environment());
  const context = await browser.newContext({ locale: "en-US" });
  try {
    const page = await context.newPage();
    await page.goto(`${world.server.url}/a/${world.agent.slug}`);
    await page.evaluate(() => Object.assign(window, { isSamePage: true }));
    const question = "Will you finish this?";
    await page.getByRole("textbox").fill(question);
    await page.getByRole("textbox").press("Enter");
    const reply = page.locator("li.assistant");
    await reply.getByText("word10").waitFor({ timeout: 30_000 });

    await world.server.kill("SIGKILL");
    await world.server.start();

    await reply.getByText("word30").waitFor({ timeout: 60_000 });
    expect(await reply.count()).toBe(1);
    expect((await reply.locator(".bubble").innerText()).trim()).toBe(ANSWER);
    expect(await page.locator("li.own").count()).toBe(1);
    expect(await page.evaluate(() => "isSamePage" in window)).toBe(true);

    const conversations = await world.server.call<{ data: { id: string }[] }>("GET", `/conversations?agent_id=${world.agent.id}`);
    expect(conversations.data).toHaveLength(1);
    await reply.locator(".caret").waitFor({ state: "detached", timeout: 30_000 });
    expectOneWholeReply(await world.history(conversations.data[0]!.id), question);
  } finally {
    await context.close();
    await world.stop();
  }
});
