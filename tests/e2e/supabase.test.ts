import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { apiConnectionString, openPostgres } from "../../api/db/postgres.ts";
import type { Agent } from "../../protocol/resources.ts";
import { expectAccessible } from "../support/accessible.ts";
import { launchChromium } from "../support/chromium.ts";
import { TEST_JWT_SECRET } from "../support/postgres.ts";
import { startTestServer, TEST_PASSWORD, type TestServer } from "../support/server.ts";
import { startSupabaseLite, type SupabaseLite } from "../support/supabase-lite.ts";

const OWNER = "owner@example.com";
let github: Server;
let project: SupabaseLite;
let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** What this test's browser was answered by our server, to look for what must not be there. */
let answers: Promise<string>[];
/** What GitHub's page of consent does. */
let isConsenting = true;

beforeAll(async () => {
  github = await startGithub();
  [project, browser] = await Promise.all([
    startSupabaseLite({ github: `http://127.0.0.1:${(github.address() as AddressInfo).port}` }),
    launchChromium(),
  ]);
  const db = openPostgres(apiConnectionString(project.database.url, TEST_JWT_SECRET), 5, () => {});
  server = await startTestServer({ db, supabase: project.config, environment: { ADMIN_EMAIL: OWNER } });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await project?.stop();
  github?.close();
});
beforeEach(async () => {
  context = await browser.newContext();
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
  answers = [];
  isConsenting = true;
  page.on("response", (response) => {
    if (response.url().startsWith(server.url)) answers.push(response.text().catch(() => ""));
  });
});
afterEach(async () => {
  await context.close();
});

/** GitHub as far as a sign-in through it goes. The person is the project's owner, by their e-mail address. */
async function startGithub(): Promise<Server> {
  const started = createServer((req, res) => {
    const url = new URL(req.url!, "http://github.test");
    const json = (body: unknown) => res.setHeader("Content-Type", "application/json").end(JSON.stringify(body));
    if (url.pathname === "/login/oauth/authorize") {
      const back = new URL(url.searchParams.get("redirect_uri")!);
      back.searchParams.set("state", url.searchParams.get("state")!);
      if (isConsenting) back.searchParams.set("code", "of GitHub");
      else back.searchParams.set("error", "access_denied");
      res.writeHead(302, { Location: back.href }).end();
    } else if (url.pathname === "/login/oauth/access_token") json({ access_token: "of GitHub", token_type: "bearer", scope: "" });
    else if (url.pathname.endsWith("/user")) json({ id: 7, login: "owner", name: "Owner", email: OWNER });
    else json([{ email: OWNER, primary: true, verified: true }]);
  });
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  return started;
}
const heading = (name: string, on: Page = page) => on.getByRole("heading", { level: 1, name, exact: true }).waitFor();
async function openSignIn(on: Page = page): Promise<void> {
  await on.goto(`${server.url}/admin/`);
  await heading("Sign in", on);
}
async function signIn(email: string, password: string, on: Page = page): Promise<void> {
  await openSignIn(on);
  await on.getByLabel("E-mail", { exact: true }).fill(email);
  await on.getByLabel("Password").fill(password);
  await on.getByRole("button", { name: "Sign in", exact: true }).click();
  await on.getByRole("banner").waitFor();
}
const keptToken = () =>
  page.evaluate(() => (JSON.parse(localStorage.getItem("renus-admin")!) as { access_token: string }).access_token);

test("an administrator of the project signs in, publishes an agent, and a visitor chats with it", async () => {
  await openSignIn();
  await expectAccessible(page);
  await signIn(OWNER, TEST_PASSWORD);
  const token = await keptToken();
  const agent = await server.ok<Agent>("POST", "/agents", {
    token,
    body: { name: "Heron Desk", system_prompt: "You are the desk of a shop.", config: { greeting: "Good morning!" } },
  });
  await page.goto(`${server.url}/admin/agents/${agent.id}/publish`);
  await page.getByRole("button", { name: /^Publish/ }).click();
  await page.locator('a[href$="/a/heron-desk"]').first().waitFor();

  const visitor = await context.newPage();
  await visitor.goto(`${server.url}/a/heron-desk`);
  await visitor.getByText("Good morning!").waitFor();
  await visitor.getByRole("textbox").fill("Are you open?");
  await visitor.keyboard.press("Enter");
  await visitor.getByText("Are you open?").waitFor();
  const list = async <T>(path: string) => (await server.ok<{ data: T[] }>("GET", path, { token })).data;
  await expect
    .poll(async () => {
      const [conversation] = await list<{ id: string }>(`/conversations?agent_id=${agent.id}`);
      return conversation && (await list<{ role: string }>(`/conversations/${conversation.id}/messages`)).at(-1)?.role;
    })
    .toBe("assistant");
  expect((await Promise.all(answers)).join("\n")).not.toContain(project.config.serviceRoleKey);
});

test("a link by mail signs in where it was asked for, once, and nowhere else", async () => {
  await openSignIn();
  await page.getByRole("button", { name: "E-mail me a link" }).click();
  await page.getByRole("alert").getByText("Enter your e-mail address first.").waitFor();
  for (const email of ["nobody@example.com", OWNER]) {
    await page.getByLabel("E-mail", { exact: true }).fill(email);
    await page.getByRole("button", { name: "E-mail me a link" }).click();
    await page.getByRole("status").getByText("If this address has an account").waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent?.trim())).toBe("E-mail me a link");
  }
  expect(() => project.mailedLink("nobody@example.com")).toThrow();
  const link = project.mailedLink(OWNER);
  const kept = await context.storageState();

  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await other.goto(link);
  await other.getByText("Open the link in the browser in which you asked for it").waitFor();
  expect(other.url()).toBe(`${server.url}/admin/`);
  await elsewhere.close();
  expect(kept.origins.flatMap(({ localStorage }) => localStorage.map(({ name }) => name)).join()).toContain("code-verifier");

  // The other browser has used it up.
  await page.goto(link);
  await page.getByText("This link has expired or was used before.").waitFor();
  await page.getByLabel("E-mail", { exact: true }).fill(OWNER);
  await page.getByRole("button", { name: "E-mail me a link" }).click();
  await page.getByRole("status").getByText("If this address has an account").waitFor();
  await page.goto(project.mailedLink(OWNER));
  await page.getByRole("banner").waitFor();
  expect(page.url()).not.toMatch(/code=|token/);
  await page.reload();
  await page.getByRole("banner").waitFor();
});

test("who signs in through GitHub comes back signed in, and who does not agree there is told", async () => {
  await openSignIn();
  isConsenting = false;
  await page.getByRole("button", { name: "Continue with GitHub" }).click();
  await page.getByText("Signing in did not work there.").waitFor();
  expect(page.url()).toBe(`${server.url}/admin/`);
  isConsenting = true;
  await page.getByRole("button", { name: "Continue with GitHub" }).click();
  await page.getByRole("banner").waitFor();
  expect((await server.ok("GET", "/me", { token: await keptToken() })).user).toMatchObject({ email: OWNER, role: "admin" });
  expect(page.url()).not.toContain("code=");
});

test("a person is invited, chooses a password by the mailed link, and signs in with it", async () => {
  await server.createClient("Aurora Coffee");
  await signIn(OWNER, TEST_PASSWORD);
  await page.goto(`${server.url}/admin/people`);
  await page.getByRole("button", { name: "New person" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New person" });
  await dialog.getByText("An invitation is mailed to this address.").waitFor();
  await expectAccessible(page);
  expect(await dialog.getByLabel("Password").count()).toBe(0);
  await dialog.getByLabel("E-mail").fill("bea@example.com");
  await dialog.getByLabel("Company").selectOption("Aurora Coffee");
  await dialog.getByRole("button", { name: "Create" }).click();
  await page.getByRole("status").getByText("Saved.").waitFor();

  const theirs = await browser.newContext();
  theirs.setDefaultTimeout(15_000);
  const other = await theirs.newPage();
  await other.goto(project.mailedLink("bea@example.com"));
  const choosing = other.getByRole("dialog", { name: "Choose a new password" });
  await choosing.getByLabel("New password", { exact: true }).fill("a password of Bea");
  await choosing.getByLabel("New password again").fill("a password of Bea");
  await choosing.getByRole("button", { name: "Change password" }).click();
  await other.getByRole("status").getByText("Your password is changed").waitFor();
  expect(other.url()).not.toContain("token");
  await theirs.close();
  await project.signIn("bea@example.com", "a password of Bea");
});

test("nobody is signed in by an address that somebody sends them", async () => {
  const token = await project.signIn(OWNER, TEST_PASSWORD);
  for (const type of ["magiclink", "signup", ""]) {
    const given = new URLSearchParams({
      access_token: token,
      refresh_token: "x",
      expires_in: "3600",
      token_type: "bearer",
      type,
    });
    await page.goto("about:blank");
    await page.goto(`${server.url}/admin/#${given}`);
    await heading("Sign in");
    expect(await page.evaluate(() => localStorage.getItem("renus-admin"))).toBeNull();
    expect(page.url()).not.toContain("access_token");
  }
});
