import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Agent } from "../../protocol/resources.ts";
import { expectAccessible } from "../support/accessible.ts";
import { launchChromium } from "../support/chromium.ts";
import { startOpenAiServer, type OpenAiServer } from "../support/openai-server.ts";
import { ADMIN, startTestServer, type TestServer } from "../support/server.ts";

let model: OpenAiServer;
let server: TestServer;
let browser: Browser;
let agent: Agent;
beforeAll(async () => {
  [model, browser] = await Promise.all([startOpenAiServer(), launchChromium()]);
  server = await startTestServer({ environment: { OPENAI_BASE_URL: model.url } });
  agent = await server.createPublishedAgent({ name: "Bakery" });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
});

async function open(path: string): Promise<Page> {
  const context = await browser.newContext({ locale: "en-US" });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  await page.goto(server.url + path);
  return page;
}
async function signIn(path: string): Promise<Page> {
  const page = await open(`/admin${path}`);
  await page.locator("#email").fill(ADMIN.email);
  await page.locator("#password").fill(ADMIN.password);
  await page.keyboard.press("Enter");
  await page.getByRole("banner").waitFor();
  return page;
}

test("a limit is set in the panel; on it the visitor is asked for a message, and the panel says so", async () => {
  const panel = await signIn(`/agents/${agent.id}`);
  await panel.getByText("Limits of a day").click();
  const replies = panel.getByLabel("Replies of the agent");
  expect(await replies.getAttribute("placeholder")).toBe("2000");
  await replies.fill("1");
  await panel.getByLabel("US dollars for one visitor").fill("0.5");
  await panel.getByRole("button", { name: "Save changes" }).click();
  await panel.getByText("Saved. New replies use it at once.").waitFor();
  expect((await server.ok("GET", `/agents/${agent.id}`)).config.limits).toEqual({ replies_per_day: 1, visitor_usd_per_day: 0.5 });

  const visitor = await open(`/a/${agent.slug}`);
  const write = async (words: string) => {
    await visitor.getByRole("textbox").fill(words);
    await visitor.keyboard.press("Enter");
  };
  const line = (words: RegExp) => visitor.locator("p.system").getByText(words).waitFor();
  await write("Hello");
  await visitor.getByText("Hello from the model.").first().waitFor();
  await write("What does a cake cost?");
  await line(/cannot answer any more today.+e-mail address or a phone number/);
  await write("Ana, ana@example.test");
  await line(/Thank you\. Your message is kept here/);
  expect(await visitor.getByRole("button", { name: "Retry" }).count()).toBe(0);
  await expectAccessible(visitor);
  expect(model.requests).toHaveLength(1);

  await panel.reload();
  const notice = panel.getByText("This agent has reached its limit of today: 1 reply.");
  await notice.waitFor();
  await expectAccessible(panel);
  await panel.getByText("Limits of a day").click();
  await panel.getByText("Used up today. Replies: 1").waitFor();
  await panel.getByRole("link", { name: "Conversations that wait for a person" }).click();
  await panel.getByText("Your message is kept here").first().waitFor();

  await panel.goto(`${server.url}/admin/agents/${agent.id}`);
  await panel.getByText("Limits of a day").click();
  await replies.fill("");
  await panel.getByRole("button", { name: "Save changes" }).click();
  await notice.waitFor({ state: "detached" });
  await write("And bread?");
  await expect.poll(() => visitor.locator(".bubble").getByText("Hello from the model.").count()).toBe(2);
});
