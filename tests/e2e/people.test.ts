import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { expectAccessible } from "../support/accessible.ts";
import { launchChromium } from "../support/chromium.ts";
import { hearComplaints } from "../support/hear-complaints.ts";
import { openPanel } from "../support/panel.ts";
import { ADMIN, startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** What the browser complained about: refused by the policy, thrown, not caught. */
let complaints: string[];

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
  complaints = [];
  hearComplaints(page, complaints);
});
afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

async function fillSignIn({ email, password }: { email: string; password: string }): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("banner").waitFor();
}
const signIn = (path: string, who?: { email: string; password: string }) => openPanel(page, server, path, who);
async function signOut(): Promise<void> {
  await page.getByRole("button", { name: "Your account" }).click();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await heading("Sign in");
}
const accessible = () => expectAccessible(page);
/** An answer, since a server that gives none is asked again without a click. */
const FAILURE = { status: 500, json: { error: "The list is torn.", code: "INTERNAL_ERROR" } };
/** Polls for as long as a person would wait. */
const soon = <T>(read: () => T) => expect.poll(read, { timeout: 10_000 });
const heading = (name: string) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
const told = (words: string | RegExp) => page.getByRole("status").getByText(words).waitFor();
const row = (list: string, text: string) =>
  page.getByRole("list", { name: list }).getByRole("listitem").filter({ hasText: text });
const complaintOf = (label: string) =>
  page
    .getByRole("dialog")
    .getByLabel(label)
    .evaluate((control: HTMLInputElement) => control.validationMessage);
const fits = async () => expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);

test("the last administrator stays one and cannot delete themselves, whatever they try", async () => {
  const company = await server.createClient("Lasting");
  await signIn("/admin/agents");
  await page.getByRole("button", { name: "Your account" }).click();
  await accessible();
  await page.getByRole("link", { name: "People" }).click();
  await heading("People");
  expect(await page.title()).toContain("People");
  expect(await page.locator("#account-menu:popover-open").count()).toBe(0);
  await row("People", ADMIN.email).getByText("This is you").waitFor();
  expect(await page.getByRole("button", { name: /^Delete / }).count()).toBe(0);
  await row("People", ADMIN.email)
    .getByRole("button", { name: /^Edit / })
    .click();
  const dialog = page.getByRole("dialog", { name: /^Edit “/ });
  await dialog.getByLabel("Role").selectOption("Member");
  await dialog.getByText("You will no longer manage").waitFor();
  await dialog.getByLabel("Company").selectOption(company.name);
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByRole("alert").getByText("This is the last administrator.").waitFor();
  expect((await server.ok("GET", "/me")).user.role).toBe("admin");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
});

test("a person is added, signs in and finds no such pages, is changed and deleted", async () => {
  const company = await server.createClient("Aurora Coffee");
  const somebody = await server.createUser({ role: "client", client_id: company.id });
  const email = "bea@example.test";
  const password = " with spaces around ";
  await signIn("/admin/people");
  await page.getByRole("button", { name: "New person" }).click();
  const adding = page.getByRole("dialog", { name: "New person" });
  await accessible();
  await adding.getByLabel("E-mail").fill(somebody.email);
  await adding.getByLabel("Name").fill("Bea Souza");
  await adding.getByLabel("Password", { exact: true }).fill(password);
  await adding.getByRole("button", { name: "Create" }).click();
  // A member needs a company, and the browser says so.
  expect(await adding.locator("select:invalid").count()).toBe(1);
  await adding.getByLabel("Company").selectOption(company.name);
  await adding.getByRole("button", { name: "Create" }).click();
  await soon(() => complaintOf("E-mail")).toBe("Somebody has this e-mail address already.");
  await accessible();
  await adding.getByLabel("E-mail").fill(email);
  expect(await adding.getByLabel("Password", { exact: true }).getAttribute("type")).toBe("password");
  await adding.getByLabel("Show password").check();
  expect(await adding.getByLabel("Password", { exact: true }).getAttribute("type")).toBe("text");
  await adding.getByRole("button", { name: "Create" }).click();
  await told("Saved.");
  await row("People", "Bea Souza").getByText(company.name).waitFor();
  expect(await page.locator("#person-password").inputValue()).toBe("");

  await signOut();
  await fillSignIn({ email, password });
  await page.getByText("There is nothing here").waitFor();
  await page.goto(`${server.url}/admin/companies`);
  await page.getByText("There is nothing here").waitFor();
  await page.getByRole("button", { name: "Your account" }).click();
  await page.getByText("Member", { exact: true }).waitFor();
  expect(await page.getByRole("link", { name: /People|Companies/ }).count()).toBe(0);
  await page.keyboard.press("Escape");
  await signOut();

  await fillSignIn(ADMIN);
  await page.goto(`${server.url}/admin/people`);
  await page.getByRole("button", { name: "Edit Bea Souza" }).click();
  const editing = page.getByRole("dialog", { name: "Edit “Bea Souza”" });
  await editing.getByLabel("Name").fill("Bea Lima");
  await editing.getByLabel("Role").selectOption("Administrator");
  expect(await editing.getByLabel("Company").count()).toBe(0);
  // Seven characters are too few, whether the browser or the server says so.
  await editing.getByLabel("New password").fill("2 short");
  await editing.getByRole("button", { name: "Save" }).click();
  await soon(() => complaintOf("New password")).toMatch(/8/);
  await editing.getByLabel("New password").fill("a new and better one");
  await editing.getByRole("button", { name: "Save" }).click();
  await told("Saved.");
  await row("People", "Bea Lima").getByText("Administrator").waitFor();
  await server.signIn(email, "a new and better one");
  await expect(server.signIn(email, password)).rejects.toThrow();

  await page.getByRole("button", { name: "Delete Bea Lima" }).click();
  const asking = page.getByRole("dialog", { name: "Delete “Bea Lima”?" });
  await asking.getByText(email).waitFor();
  await accessible();
  await page.keyboard.press("Escape");
  await asking.waitFor({ state: "detached" });
  await row("People", "Bea Lima").waitFor();
  await page.getByRole("button", { name: "Delete Bea Lima" }).click();
  await asking.getByRole("button", { name: "Delete person" }).click();
  await told("“Bea Lima” was deleted.");
  expect(await row("People", "Bea Lima").count()).toBe(0);
  await soon(() => page.evaluate(() => document.activeElement?.id)).toBe("main");
  await expect(server.signIn(email, "a new and better one")).rejects.toThrow();
});

test("people load with a retry and page by page, in the dark and on a small screen; who is gone already is told", async () => {
  const company = await server.createClient("A company with a name that is far too long for the small screens of telephones");
  const members: { id: string }[] = [];
  for (let n = 1; n <= 21; n++) {
    members.push(await server.createUser({ role: "client", client_id: company.id, name: `Member ${n}` }));
  }
  const asked = Promise.withResolvers<void>();
  await page.route(/\/users\?/, async (route) => {
    await asked.promise;
    await route.fulfill(FAILURE);
  });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 375, height: 700 });
  await signIn("/admin/people");
  await page.getByRole("status", { name: "Loading people" }).waitFor();
  await accessible();
  asked.resolve();
  await page.getByRole("alert").getByText(FAILURE.json.error).waitFor();
  await page.unroute(/\/users\?/);
  await page.getByRole("button", { name: "Try again" }).click();
  await soon(() => row("People", "").count()).toBe(20);
  await fits();
  await accessible();
  await page.getByRole("button", { name: "Load more" }).click();
  await row("People", ADMIN.email).waitFor();
  expect(await page.getByRole("button", { name: "Load more" }).count()).toBe(0);

  await page.getByRole("button", { name: "New person" }).click();
  await page.getByRole("dialog", { name: "New person" }).waitFor();
  await fits();
  await accessible();
  await page.keyboard.press("Escape");

  await server.ok("DELETE", `/users/${members[20]!.id}`);
  await page.getByRole("button", { name: "Delete Member 21" }).click();
  await page.getByRole("dialog", { name: "Delete “Member 21”?" }).getByRole("button", { name: "Delete person" }).click();
  await told("This user does not exist");
  await row("People", "Member 21").waitFor({ state: "detached" });
});

test("administrators who change themselves go on with the new address, and see nothing here once they are members", async () => {
  const company = await server.createClient("New home");
  const admin = await server.createUser({ name: "Caio" });
  await signIn("/admin/people", admin);
  const dialog = page.getByRole("dialog", { name: "Edit “Caio”" });
  await page.getByRole("button", { name: "Edit Caio" }).click();
  await dialog.getByLabel("E-mail").fill("caio.new@example.test");
  await dialog.getByRole("button", { name: "Save" }).click();
  await told("Saved.");
  await page.getByRole("button", { name: "Your account" }).click();
  await page.locator("#account-menu").getByText("caio.new@example.test").waitFor();
  await page.getByRole("button", { name: "Change password" }).click();
  const changing = page.getByRole("dialog", { name: "Change password" });
  await changing.getByLabel("Current password", { exact: true }).fill(admin.password);
  await changing.getByLabel("New password", { exact: true }).fill("a new and better one");
  await changing.getByLabel("New password again", { exact: true }).fill("a new and better one");
  await changing.getByRole("button", { name: "Change password" }).click();
  await told("Your password is changed");

  await page.getByRole("button", { name: "Edit Caio" }).click();
  await dialog.getByLabel("Role").selectOption("Member");
  await dialog.getByLabel("Company").selectOption(company.name);
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("There is nothing here").waitFor();
});

test("a company is added, renamed and deleted; its people stay without one", async () => {
  await signIn("/admin/agents");
  await page.getByRole("button", { name: "Your account" }).click();
  await page.getByRole("link", { name: "Companies" }).click();
  await heading("Companies");
  await page.getByRole("button", { name: "New company" }).click();
  const adding = page.getByRole("dialog", { name: "New company" });
  await accessible();
  await adding.getByLabel("Name").fill("Bakery\u0085");
  await adding.getByRole("button", { name: "Create" }).click();
  await soon(() => complaintOf("Name")).toBe("Control characters are not allowed.");
  await adding.getByLabel("Name").fill("  Bakery  ");
  await page.keyboard.press("Enter");
  await told("Saved.");
  await page.getByRole("button", { name: "Edit Bakery", exact: true }).click();
  const editing = page.getByRole("dialog", { name: "Edit “Bakery”" });
  await editing.getByLabel("Name").fill("Bakery & Sons");
  await editing.getByRole("button", { name: "Save" }).click();
  await row("Companies", "Bakery & Sons").waitFor();
  const { data } = await server.ok("GET", "/clients");
  const { id } = data.find((one: { name: string }) => one.name === "Bakery & Sons");
  const member = await server.createUser({ role: "client", client_id: id, name: "Duda" });

  await page.getByRole("button", { name: "Delete Bakery & Sons" }).click();
  const asking = page.getByRole("dialog", { name: "Delete “Bakery & Sons”?" });
  await asking.getByText("Its people stay").waitFor();
  await accessible();
  await asking.getByRole("button", { name: "Cancel" }).click();
  await asking.waitFor({ state: "detached" });
  expect((await server.call("GET", `/clients/${id}`)).status).toBe(200);
  await page.getByRole("button", { name: "Delete Bakery & Sons" }).click();
  await asking.getByRole("button", { name: "Delete company" }).click();
  await told("“Bakery & Sons” was deleted.");
  expect((await server.call("GET", `/clients/${id}`)).status).toBe(404);

  await page.goto(`${server.url}/admin/people`);
  await row("People", "Duda").getByText("Without a company").waitFor();
  // Without a company they can still be renamed.
  await page.getByRole("button", { name: "Edit Duda" }).click();
  await page.getByRole("dialog", { name: "Edit “Duda”" }).getByLabel("Name").fill("Duda Reis");
  await page.keyboard.press("Enter");
  await row("People", "Duda Reis").waitFor();
  expect((await server.ok("GET", "/me", { token: member.token })).user.client_id).toBeNull();
});

test("companies load with a retry and page by page, in the dark and on a small screen; without any it says what to do", async () => {
  for (let n = 1; n <= 21; n++) await server.createClient(`Company ${n}`);
  const asked = Promise.withResolvers<void>();
  await page.route(/\/clients\?/, async (route) => {
    await asked.promise;
    await route.fulfill(FAILURE);
  });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 375, height: 700 });
  await signIn("/admin/companies");
  await page.getByRole("status", { name: "Loading companies" }).waitFor();
  asked.resolve();
  await page.getByRole("alert").getByText(FAILURE.json.error).waitFor();
  await page.unroute(/\/clients\?/);
  await page.getByRole("button", { name: "Try again" }).click();
  await soon(() => row("Companies", "").count()).toBe(20);
  await fits();
  await accessible();
  await page.getByRole("button", { name: "Load more" }).click();
  await row("Companies", "My company").waitFor();
  await page.getByRole("button", { name: "New company" }).click();
  await page.getByRole("dialog", { name: "New company" }).waitFor();
  await accessible();

  const { data } = await server.ok("GET", "/clients?limit=100");
  for (const { id } of data) await server.ok("DELETE", `/clients/${id}`);
  await page.reload();
  await page.getByText("No companies yet").waitFor();
  await accessible();
  await page.goto(`${server.url}/admin/people`);
  await page.getByRole("button", { name: "New person" }).click();
  await page.getByText("There is no company yet.").waitFor();
  await accessible();
  await page.getByRole("link", { name: "Create one first" }).click();
  await heading("Companies");
  await page.getByRole("button", { name: "New company" }).click();
  await page.getByRole("dialog", { name: "New company" }).getByLabel("Name").fill("The first again");
  await page.keyboard.press("Enter");
  await row("Companies", "The first again").waitFor();
});
