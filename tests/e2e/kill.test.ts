import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Message, Page } from "../../protocol/resources.ts";
import { launchChromium } from "../support/chromium.ts";
import { ANSWER, expectOneWholeReply, startInterruptible } from "../support/kill-scenario.ts";
import { isLong } from "../support/long.ts";
import { createPostgresDatabase, TEST_JWT_SECRET } from "../support/postgres.ts";
import { REAL_SERVER_EMAIL, REAL_SERVER_PASSWORD, startRealServer } from "../support/real-server.ts";

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

test(
  "an open panel tells of a server that stopped, goes on when it is back, and sends nothing twice",
  { timeout: 180_000 },
  async () => {
    const server = await startRealServer();
    const context = await browser.newContext({ locale: "en-US" });
    context.setDefaultTimeout(30_000);
    try {
      const agent = await server.createPublishedAgent({
        name: "Interrupted",
        config: { step_1_data: { name: "Interrupted" }, step_2_data: { personality: "calm", tone: "calm" } },
      });
      const { token, conversation_id } = await server.createSession(agent.slug);
      const say = (content: string) =>
        server.call(
          "POST",
          "/public/frames",
          { type: "message", conversation_id, content, client_message_id: crypto.randomUUID() },
          token,
        );
      const answers = async () =>
        (await server.call<Page<Message>>("GET", `/conversations/${conversation_id}/messages?limit=50`)).data
          .toSorted((a, b) => a.seq - b.seq)
          .filter(({ role }) => role === "operator")
          .map(({ content }) => content);
      await say("Is a person there?");

      const page = await context.newPage();
      let isDeaf = false;
      await page.routeWebSocket(/\/ws/, (socket) => {
        const upstream = socket.connectToServer();
        upstream.onMessage((data) => isDeaf || socket.send(data));
      });
      await page.goto(`${server.url}/admin/conversations/${conversation_id}`);
      await page.getByLabel("E-mail").fill(REAL_SERVER_EMAIL);
      await page.getByLabel("Password").fill(REAL_SERVER_PASSWORD);
      await page.getByRole("button", { name: "Sign in" }).click();
      const log = page.getByRole("log", { name: "Messages" });
      const composer = page.getByRole("textbox", { name: "Message to the visitor" });
      const banner = page.getByRole("status").getByText("The server cannot be reached. Trying again…");
      await log.getByText("Is a person there?", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Take over" }).click();
      await page.getByRole("button", { name: "Hand back" }).waitFor();
      await page.evaluate(() => Object.assign(window, { isSamePage: true }));

      // As a new version is installed: nobody has to press anything to be told.
      await server.kill("SIGTERM");
      await banner.waitFor();
      await composer.fill("Yes, I am here.");
      await composer.press("Enter");
      await log.getByText("Not sent.").waitFor();
      await server.start();
      await banner.waitFor({ state: "detached" });
      await say("Are you still there?");
      await log.getByText("Are you still there?", { exact: true }).waitFor();
      await page.locator(".desk-row", { hasText: "Are you still there?" }).waitFor();
      expect(await answers()).toEqual([]);
      await log.getByRole("button", { name: "Retry" }).click();
      await log.getByText("Not sent.").waitFor({ state: "detached" });
      expect(await log.getByText("Yes, I am here.").count()).toBe(1);
      expect(await answers()).toEqual(["Yes, I am here."]);

      // Killed when the message is stored, before the panel hears of it.
      await page.route(/\/messages$/, async (route) => {
        isDeaf = true;
        await route.fetch();
        await server.kill("SIGKILL");
        isDeaf = false;
        await route.abort();
      });
      await composer.fill("We bake rye on Fridays.");
      await composer.press("Enter");
      await banner.waitFor();
      await page.unroute(/\/messages$/);
      await server.start();
      await banner.waitFor({ state: "detached" });
      await say("Thank you!");
      await log.getByText("Thank you!", { exact: true }).waitFor();
      expect(await answers()).toEqual(["Yes, I am here.", "We bake rye on Fridays."]);
      expect(await log.getByText("We bake rye on Fridays.").count()).toBe(1);
      expect(await log.getByText("Not sent.").count()).toBe(0);
      expect(await page.evaluate(() => "isSamePage" in window)).toBe(true);
    } finally {
      await context.close();
      await server.remove();
    }
  },
);
