import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { expectAccessible } from "../support/accessible.ts";
import { launchChromium } from "../support/chromium.ts";
import { openDefaultDatabase } from "../support/default-database.ts";
import { ownerQuery } from "../support/owner.ts";
import { ADMIN, startTestServer, TEST_PASSWORD, type TestServer } from "../support/server.ts";
import { startSupabaseProject } from "../support/supabase-project.ts";

let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});
beforeEach(async () => {
  context = await browser.newContext();
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
});
afterEach(() => context.close());

async function signIn(
  path = "/admin/agents",
  { url = server.url, email = ADMIN.email as string, password = ADMIN.password as string, on = page } = {},
): Promise<void> {
  await on.goto(url + path);
  await fillIn(email, password, on);
}
async function fillIn(email: string, password: string, on = page): Promise<void> {
  await on.getByLabel("E-mail").fill(email);
  await on.getByLabel("Password").fill(password);
  await on.getByRole("button", { name: "Sign in" }).click();
}
const heading = (name: string, on = page) => on.getByRole("heading", { level: 1, name }).waitFor();
/** In both themes and on a phone; nothing is wider than that. Pictures are kept where SHOTS names a folder. */
async function looksRight(name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [1280, 375]) {
      await page.setViewportSize({ width, height: 720 });
      if (process.env["SHOTS"]) await page.screenshot({ path: `${process.env["SHOTS"]}/${name}-${width}-${colorScheme}.png` });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
    // The themes differ in nothing but colours.
    await expectAccessible(page, colorScheme === "dark" ? { rules: ["color-contrast"] } : {});
  }
}

test("signs in through a Supabase project: stays after a reload, refreshes before the token ends, signs out, refuses who has no company", async () => {
  const db = await openDefaultDatabase();
  const project = await startSupabaseProject(async (email) => {
    const [row] = await ownerQuery(db, "insert into auth.users (email) values ($1) returning id", [email]);
    return row!["id"] as string;
  });
  const there = await startTestServer({ db, supabase: project.config });
  const asked = (what: string) => project.requests.filter((request) => request.what.startsWith(what)).length;
  try {
    await page.goto(`${there.url}/admin/agents`);
    await fillIn(ADMIN.email, "something else");
    await page.getByRole("alert").getByText("is wrong").waitFor();
    await page.getByRole("button", { name: "Forgot your password?" }).click();
    await page.getByRole("status").getByText("If this address has an account").waitFor();
    expect(asked("POST /auth/v1/recover")).toBe(1);
    await expectAccessible(page);
    // Ends within the time in which it is refreshed already.
    project.tokenSeconds = 60;
    await fillIn(ADMIN.email, TEST_PASSWORD);
    await heading("Agents");
    await expect.poll(() => asked("POST /auth/v1/token?grant_type=refresh_token")).toBeGreaterThan(0);
    project.tokenSeconds = 3600;
    const kept = () => page.evaluate(() => JSON.parse(localStorage.getItem("renus-admin")!).expires_in as number);
    await page.reload();
    await heading("Agents");
    await expect.poll(kept).toBe(3600);
    const refreshed = asked("POST /auth/v1/token?grant_type=refresh_token");
    await page.reload();
    await heading("Agents");
    expect(asked("POST /auth/v1/token?grant_type=refresh_token")).toBe(refreshed);

    await page.getByRole("button", { name: "Your account" }).click();
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await heading("Sign in");
    await expect.poll(() => asked("POST /auth/v1/logout")).toBe(1);
    await page.reload();
    await heading("Sign in");

    await project.addPerson("new@example.test", "the password of somebody new");
    await fillIn("new@example.test", "the password of somebody new");
    await page.getByRole("alert").getByText("does not belong to a company").waitFor();
    expect(await page.evaluate(() => localStorage.getItem("renus-admin"))).toBeNull();

    // The link of the e-mail: in, and a new password is asked for.
    const answer = await fetch(`${project.url}/auth/v1/token?grant_type=password`, {
      method: "POST",
      body: JSON.stringify({ email: ADMIN.email, password: TEST_PASSWORD }),
    });
    const session = (await answer.json()) as Record<string, string>;
    const { access_token, refresh_token, expires_in } = session;
    const link = new URLSearchParams({
      access_token,
      refresh_token,
      expires_in,
      token_type: "bearer",
      type: "recovery",
    } as never);
    await page.goto("about:blank");
    await page.goto(`${there.url}/admin/agents#${link}`);
    const dialog = page.getByRole("dialog", { name: "Choose a new password" });
    await dialog.getByLabel("New password", { exact: true }).fill("a password that is new");
    await dialog.getByLabel("New password again").fill("a password that is new");
    await dialog.getByRole("button", { name: "Change password" }).click();
    await page.getByRole("status").getByText("Your password is changed").waitFor();
    expect(page.url()).not.toContain("access_token");
  } finally {
    await there.stop();
    await project.stop();
  }
});

test("signs out on all devices after a question: here, in other tabs at once, elsewhere at the next refresh", async () => {
  const person = await server.createUser();
  const elsewhere = await server.signIn(person.email, person.password);
  await signIn("/admin/agents", { email: person.email, password: person.password });
  await heading("Agents");
  const otherTab = await context.newPage();
  await otherTab.goto(`${server.url}/admin/agents`);
  await heading("Agents", otherTab);

  await page.getByRole("button", { name: "Your account" }).click();
  await looksRight("menu");
  await page.getByRole("button", { name: "Sign out on all devices" }).click();
  const dialog = page.getByRole("dialog", { name: "Sign out on all devices?" });
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Your account" }).click();
  await page.getByRole("button", { name: "Sign out on all devices" }).click();
  await dialog.getByRole("button", { name: "Sign out everywhere" }).click();
  await page.getByText("You are signed out on all devices.").waitFor();
  await heading("Sign in", otherTab);
  const body = { refresh_token: elsewhere.refresh_token };
  const refusal = await server.request("POST", "/auth/v1/token?grant_type=refresh_token", { body });
  expect(refusal.body.error_code).toBe("refresh_token_not_found");

  // Who signs in here is signed in in the other tab as well.
  await fillIn(person.email, person.password);
  await heading("Agents");
  await heading("Agents", otherTab);
});

test("tells while the server cannot be reached, without moving anything, and loads what failed when it is back", async () => {
  await server.createAgent({ name: "Always there" });
  let isDown = true;
  await signIn();
  await page.getByRole("link", { name: "Always there" }).waitFor();
  await page
    .context()
    .route(/\/(agents|readyz|conversations|analytics)(\?|$|\/)/, (route) =>
      isDown && !route.request().url().includes("/admin/") ? route.fulfill({ status: 503, body: "down" }) : route.continue(),
    );
  const top = () => page.getByRole("searchbox").evaluate((element) => element.getBoundingClientRect().top);
  const before = await top();
  await page.getByRole("searchbox").fill("Always");
  const banner = page.getByRole("status").getByText("The server cannot be reached. Trying again…");
  await banner.waitFor();
  expect(await top()).toBe(before);
  expect(await page.getByRole("searchbox").evaluate((element) => element === document.activeElement)).toBe(true);
  await looksRight("banner");
  isDown = false;
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.getByRole("link", { name: "Always there" }).waitFor();
  await banner.waitFor({ state: "detached" });
});

test("speaks the language of choice on the sign-in page and in the account menu", async () => {
  await page.goto(`${server.url}/admin/agents`);
  await heading("Sign in");
  await looksRight("sign-in");
  await page.getByLabel("Language").selectOption("pt-BR");
  await heading("Entrar");
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("pt-BR");
  expect(await page.title()).toBe("Entrar · Renus");
  await page.getByLabel("E-mail").fill(ADMIN.email);
  await page.getByLabel("Senha").fill("errada");
  await page.getByRole("button", { name: "Entrar" }).click();
  await page.getByRole("alert").getByText("O e-mail ou a senha está errado.").waitFor();
  await page.getByLabel("Senha").fill(ADMIN.password);
  await page.getByRole("button", { name: "Entrar" }).click();
  await page.getByRole("button", { name: "Sua conta" }).click();
  await looksRight("menu-pt");
  await page.getByLabel("Idioma").selectOption("es");
  await page.getByRole("button", { name: "Tu cuenta" }).waitFor();
  await page.goto(`${server.url}/admin/nowhere`);
  await page.getByText("Aquí no hay nada").waitFor();
  expect(await page.title()).toBe("No encontrado · Renus");
});

test("on a phone the navigation shows where one is, and the keyboard skips to the content", async () => {
  await page.setViewportSize({ width: 375, height: 700 });
  await signIn("/admin/conversations");
  const current = page.getByRole("navigation", { name: "Main" }).locator("[aria-current=page]");
  await expect.poll(() => current.textContent()).toContain("Conversations");
  const { left, right } = await current.evaluate((element) => element.getBoundingClientRect().toJSON());
  expect(left).toBeGreaterThanOrEqual(0);
  expect(right).toBeLessThanOrEqual(375);
  await page.reload();
  await current.waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("main");
});
