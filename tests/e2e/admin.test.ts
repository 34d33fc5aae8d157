import { sign } from "hono/jwt";
import { createRequire } from "node:module";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { PNG } from "pngjs";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { expectAccessible } from "../support/accessible.ts";
import { launchChromium } from "../support/chromium.ts";
import { hearComplaints } from "../support/hear-complaints.ts";
import { openPanel } from "../support/panel.ts";
import { ADMIN, startTestServer, type TestServer } from "../support/server.ts";

// Its types speak of a default export, the file of a function.
const jsQR = createRequire(import.meta.url)("jsqr") as typeof import("jsqr").default;

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
  context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
  complaints = [];
  hearComplaints(page, complaints);
});
afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

const signIn = (path = "/admin/", who?: { email: string; password: string }) => openPanel(page, server, path, who);
const accessible = () => expectAccessible(page);
/** Polls for as long as a person would wait. */
const soon = <T>(read: () => T) => expect.poll(read, { timeout: 10_000 });
const heading = (name: string | RegExp) => page.getByRole("heading", { level: 1, name }).waitFor();

test("the root leads to the panel, which asks who you are, under a strict policy", async () => {
  const answer = await page.goto(server.url);
  expect(new URL(page.url()).pathname).toBe("/admin/");
  const policy = answer!.headers()["content-security-policy"]!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe");
  await heading("Sign in");
  await accessible();
});

test("files named by their content are kept for ever, others are not there", async () => {
  const html = await (await fetch(`${server.url}/admin/agents/any/wizard/2`)).text();
  const file = /src="(\/admin\/assets\/[^"]+)"/.exec(html)![1]!;
  const asset = await fetch(server.url + file);
  expect(asset.headers.get("Cache-Control")).toContain("immutable");
  expect((await fetch(`${server.url}/admin/assets/nothing.js`)).status).toBe(404);
  expect((await fetch(`${server.url}/admin/assets/..%2f..%2fpackage.json`)).status).toBe(404);
});

test("a wrong password is told in words; the right one opens the address that was asked for, and a reload stays signed in", async () => {
  await page.goto(`${server.url}/admin/agents?status=draft`);
  await page.getByLabel("E-mail").fill(ADMIN.email);
  await page.getByLabel("Password").fill("something else");
  await page.getByRole("button", { name: "Sign in" }).click();
  await soon(() => page.getByRole("alert").textContent()).toMatch(/wrong/);
  await page.getByLabel("Password").fill(ADMIN.password);
  await page.keyboard.press("Enter");
  await heading("Agents");
  expect(new URL(page.url()).search).toBe("?status=draft");
  await page.reload();
  await heading("Agents");

  await page.getByRole("button", { name: "Your account" }).click();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await heading("Sign in");
  await page.reload();
  await heading("Sign in");
});

test("a person changes their password: told what is wrong, still signed in here and nowhere else, and in again with the new one", async () => {
  const { email, password } = await server.createUser({ name: "Bea" });
  const elsewhere = await server.signIn(email, password);
  await signIn("/admin/", { email, password });
  const dialog = page.getByRole("dialog", { name: "Change password" });
  const answer = async (current: string, next: string, again = next) => {
    await dialog.getByLabel("Current password", { exact: true }).fill(current);
    await dialog.getByLabel("New password", { exact: true }).fill(next);
    await dialog.getByLabel("New password again", { exact: true }).fill(again);
    await dialog.getByRole("button", { name: "Change password" }).click();
  };
  const told = (words: RegExp) => dialog.getByRole("alert").filter({ hasText: words }).waitFor();

  await page.getByRole("button", { name: "Your account" }).click();
  await page.getByRole("button", { name: "Change password" }).click();
  await accessible();
  await answer("not my password", "a new and better one");
  await told(/current password is wrong/);
  await answer(password, "a new and better one", "a new and bitter one");
  await told(/two new passwords are not the same/);
  await answer(password, password);
  await told(/same as the current one/);
  await accessible();
  // Typed, since only what a person typed is too short.
  await dialog.getByLabel("New password", { exact: true }).fill("");
  await dialog.getByLabel("New password", { exact: true }).pressSequentially("short");
  await dialog.getByRole("button", { name: "Change password" }).click();
  expect(await dialog.locator("input:invalid").count()).toBeGreaterThan(0);
  expect(await server.signIn(email, password)).toBeTruthy();
  await answer(password, "a new and better one");
  await page.getByRole("status").getByText("Your password is changed").waitFor();
  await dialog.waitFor({ state: "hidden" });
  await soon(() => page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Your account");
  expect(await page.locator("#new-password").inputValue()).toBe("");

  await page.reload();
  await heading("Agents");
  expect((await server.request("GET", "/me", { token: elsewhere.access_token })).status).toBe(401);
  await page.getByRole("button", { name: "Your account" }).click();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await heading("Sign in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.keyboard.press("Enter");
  await soon(() => page.getByRole("alert").textContent()).toMatch(/wrong/);
  await page.getByLabel("Password").fill("a new and better one");
  await page.keyboard.press("Enter");
  await heading("Agents");
});

test("without agents the list says what to do next; while it loads and when it fails it says so", async () => {
  const client = await server.createClient("Nobody's yet");
  const member = await server.createUser({ role: "client", client_id: client.id });
  const asked = Promise.withResolvers<void>();
  await page.route(/\/agents\?limit/, async (route) => {
    await asked.promise;
    // A server that does not answer at all is asked again by itself; one that fails is asked by the person.
    await route.fulfill({ status: 500, json: { error: "Something went wrong on our side.", code: "INTERNAL_ERROR" } });
  });
  await signIn("/admin/agents", member);
  await page.getByRole("status", { name: "Loading agents" }).waitFor();
  await accessible();
  asked.resolve();
  await page.getByRole("alert").getByText("went wrong").waitFor();
  await accessible();
  await page.unroute(/\/agents\?limit/);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("No agents yet").waitFor();
  await accessible();
});

test("from nothing to a published agent: wizard, sandbox, publish screen, QR code, reload", async () => {
  await signIn();
  await page.getByRole("link", { name: "Create an agent" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Café Aurora");
  await page.getByText("Scheduling", { exact: true }).click();
  await soon(() => page.url()).toMatch(/\/agents\/[0-9a-f-]{36}\/wizard\/1$/);
  await page.getByLabel("Field of work").fill("Coffee shop");
  await accessible();
  await page.getByRole("button", { name: "Continue" }).click();

  await page.getByRole("heading", { name: "How it speaks" }).waitFor();
  const prompt = page.getByLabel("Prompt", { exact: true });
  // Suggestions of the template are in place, so there is a prompt to look at.
  await soon(() => prompt.inputValue()).toMatch(/Café Aurora[\s\S]*Coffee shop[\s\S]*Organised and quick/);
  await page.getByLabel("Greeting").fill("Welcome to Aurora!");
  await soon(() => prompt.inputValue()).toContain("Welcome to Aurora!");
  await prompt.fill("You are the coffee shop's own words.");
  await page.getByText("Edited by you").waitFor();
  await accessible();

  // Leaving and coming back finds everything, the edited prompt included.
  await page.getByText("Saved").waitFor();
  await page.getByRole("link", { name: "Agents" }).first().click();
  await page.getByRole("link", { name: "Café Aurora" }).click();
  await page.getByRole("heading", { name: "What it asks for" }).waitFor();
  await page.getByRole("link", { name: "Back" }).click();
  await soon(() => prompt.inputValue()).toBe("You are the coffee shop's own words.");
  await page.getByRole("button", { name: "Write it again" }).click();
  await soon(() => prompt.inputValue()).toContain("Welcome to Aurora!");
  await page.getByRole("button", { name: "Continue" }).click();

  await page.getByRole("heading", { name: "What it asks for" }).waitFor();
  // The template's fields are there to be kept or removed.
  expect(await page.getByLabel("Field 2: what to ask for").inputValue()).toBe("What it is for");
  await page.getByRole("button", { name: "Remove field 2: What it is for" }).click();
  await page.getByRole("button", { name: "E-mail", exact: true }).click();
  await page.getByRole("button", { name: "Something else" }).click();
  await page.getByLabel("Field 5: what to ask for").fill("Table size?");
  await page.getByLabel("Field 5: kind").selectOption("number");
  await page.getByLabel("Starter 3").fill("Do you have oat milk?");
  await accessible();
  await page.getByRole("button", { name: "Continue" }).click();

  await page.getByRole("heading", { name: "Where it works" }).waitFor();
  const preview = page.frameLocator("iframe");
  await preview.getByRole("textbox").fill("When are you open?");
  await preview.getByRole("button", { name: "Send" }).click();
  await page.locator(".trace").getByText("main agent").waitFor();
  await accessible();
  await page.getByRole("button", { name: "Publish", exact: true }).click();

  await page.getByRole("heading", { name: "QR code" }).waitFor();
  const url = await page.getByLabel("Public address").textContent();
  expect(url).toBe(`${server.url}/a/cafe-aurora`);
  await page.getByRole("button", { name: "Copy tag" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    `<script src="${server.url}/widget/v1.js" data-agent="cafe-aurora" async></script>`,
  );
  const shown = page.getByAltText("QR code that opens the page of Café Aurora");
  await shown.waitFor();
  expect(decode(await shown.screenshot())).toBe(url);
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "PNG for screens" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe("cafe-aurora-qr.png");
  expect(decode(await readAll(await download.createReadStream()))).toBe(url);
  await accessible();

  await page.reload();
  await page.getByAltText("QR code that opens the page of Café Aurora").waitFor();
  const { body } = await server.call("GET", "/agents?q=Aurora");
  expect(body.data[0].status).toBe("active");
  expect(body.data[0].config.step_3_data.fields.map((field: { key: string }) => field.key)).toEqual([
    "name",
    "date",
    "phone",
    "email",
    "table_size",
  ]);
  expect(body.data[0].config.starters).toContain("Do you have oat milk?");
});

test("publishing is refused in words while steps are missing, and leads to them", async () => {
  const { wizard_id: id } = await server.ok("POST", "/agents/wizard/start", { body: { name: "Unfinished" } });
  await signIn(`/admin/agents/${id}/publish`);
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.getByRole("link", { name: "Step 2: How it speaks" }).click();
  await page.getByLabel("Personality").waitFor();
  await page.getByRole("link", { name: /Where it works/ }).click();
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.getByRole("link", { name: "Step 1: Who it is" }).waitFor();
});

test("pausing asks by name and can be taken back", async () => {
  const agent = await server.createPublishedAgent({ name: "Night shift" });
  await signIn(`/admin/agents/${agent.id}/publish`);
  await page.getByRole("button", { name: "Pause" }).click();
  const dialog = page.getByRole("dialog", { name: "Pause “Night shift”?" });
  await accessible();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Pause" }).click();
  await dialog.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Publish again" }).waitFor();
  await accessible();
  await page.getByRole("button", { name: "Publish again" }).click();
  await page.getByText(agent.public_url!).waitFor();
});

test("allowed websites are kept in one form, refused lines are named, and an empty list is everywhere", async () => {
  const agent = await server.createPublishedAgent({ name: "Guarded desk" });
  const kept = async () => (await server.ok("GET", `/agents/${agent.id}`)).config.allowed_origins;
  await signIn(`/admin/agents/${agent.id}/publish`);
  const list = page.getByLabel("One address a line");
  const save = page.getByRole("button", { name: "Save websites" });
  await list.fill("https://Shop.Example/contact\nshop.example\nhttps://*.com");
  await save.click();
  const refusal = page.getByRole("alert").filter({ hasText: "is no website" });
  await soon(() => refusal.textContent()).toMatch(/“shop\.example” is no website.*https:\/\/shop\.example.*“https:\/\/\*\.com”/);
  await accessible();
  expect(await kept()).toBeUndefined();
  // What was typed is still there to be mended.
  expect(await list.inputValue()).toContain("shop.example\nhttps://*.com");
  await list.fill("https://Shop.Example/contact, https://*.shop.example\n\nhttp://localhost:8080");
  await save.click();
  await page.getByRole("status").getByText("The chat works on these websites").waitFor();
  expect(await list.inputValue()).toBe("https://shop.example\nhttps://*.shop.example\nhttp://localhost:8080");
  expect(await refusal.count()).toBe(0);
  expect(await kept()).toEqual(["https://shop.example", "https://*.shop.example", "http://localhost:8080"]);
  await page.reload();
  await soon(() => list.inputValue()).toMatch(/^https:\/\/shop\.example\n/);
  // The same by another spelling.
  await list.fill("HTTPS://shop.example/\nhttps://*.shop.example\nhttp://localhost:8080");
  await save.click();
  await soon(() => list.inputValue()).toMatch(/^https:\/\/shop\.example\n/);
  await list.fill("  ");
  await save.click();
  await page.getByRole("status").getByText("The chat works on every website").waitFor();
  expect(await kept()).toEqual([]);
});

test("the identity secret is hidden until it is asked for, copied, and replaced after a question", async () => {
  const agent = await server.createPublishedAgent({ name: "Members" });
  const path = `/agents/${agent.id}/identity`;
  const { secret } = await server.ok("GET", path);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await signIn(`/admin/agents/${agent.id}/publish`);
  await page.getByRole("heading", { name: "Who your visitors are" }).waitFor();
  expect(asked).not.toContain(path);
  expect(await page.content()).not.toContain(secret);

  await page.getByRole("button", { name: "Show secret" }).click();
  await soon(() => page.getByLabel("Identity secret").textContent()).toBe(secret);
  await accessible();
  await page.getByRole("button", { name: "Copy secret" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
  await page.getByRole("button", { name: "Hide secret" }).click();
  await page.getByLabel("Identity secret").waitFor({ state: "detached" });
  expect(await page.content()).not.toContain(secret);

  await page.getByRole("button", { name: "New secret" }).click();
  const dialog = page.getByRole("dialog", { name: "New secret for “Members”?" });
  await accessible();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect((await server.ok("GET", path)).secret).toBe(secret);
  await page.getByRole("button", { name: "New secret" }).click();
  await dialog.getByRole("button", { name: "Make a new secret" }).click();
  await page.getByLabel("Identity secret").waitFor();
  const fresh = (await server.ok("GET", path)).secret;
  expect(fresh).not.toBe(secret);
  expect(await page.getByLabel("Identity secret").textContent()).toBe(fresh);
});

test("settings are saved, and deleting asks by name", async () => {
  const agent = await server.createAgent({ name: "Old name", system_prompt: "Be kind." });
  await signIn(`/admin/agents/${agent.id}`);
  await heading("Old name");
  await accessible();
  await page.getByLabel("Name", { exact: true }).fill("نام <b>x</b> 🍋");
  // A link does not take unsaved words away.
  await page.getByRole("link", { name: "Sub-agents" }).click();
  await page
    .getByRole("dialog", { name: /without saving/ })
    .getByRole("button", { name: "Cancel" })
    .click();
  await page.getByRole("button", { name: "Save changes" }).click();
  await heading("نام <b>x</b> 🍋");
  await page.getByRole("button", { name: "Delete agent" }).click();
  const dialog = page.getByRole("dialog", { name: /Delete “نام/ });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect((await server.call("GET", `/agents/${agent.id}`)).status).toBe(200);
  await page.getByRole("button", { name: "Delete agent" }).click();
  // Nothing happens until the name is written.
  await dialog.getByRole("button", { name: "Delete agent" }).click();
  await dialog.getByRole("textbox").fill("something else");
  await dialog.getByRole("button", { name: "Delete agent" }).click();
  expect((await server.call("GET", `/agents/${agent.id}`)).status).toBe(200);
  await dialog.getByRole("textbox").fill("نام <b>x</b> 🍋");
  await dialog.getByRole("button", { name: "Delete agent" }).click();
  await heading("Agents");
  expect((await server.call("GET", `/agents/${agent.id}`)).status).toBe(404);
});

test("specialists: create with a pasted list of topics, try a message, switch off, edit, delete", async () => {
  const agent = await server.createAgent({ name: "Pizzeria" });
  await signIn(`/admin/agents/${agent.id}/sub-agents`);
  await page.getByRole("button", { name: "New sub-agent" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Delivery desk");
  const topics = page.getByLabel("Topics", { exact: true });
  await topics.focus();
  await page.evaluate(() => navigator.clipboard.writeText("delivery, courier; delivery\nshipping cost"));
  await page.keyboard.press("ControlOrMeta+V");
  await page.getByRole("button", { name: "Remove shipping cost" }).waitFor();
  await page.getByRole("dialog").getByLabel("Prompt").fill("You know all about delivery.");
  await accessible();
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("heading", { name: "Delivery desk" }).waitFor();
  await accessible();

  await page.getByLabel("Message", { exact: true }).fill("How long does delivery take?");
  await page.getByRole("button", { name: "Ask" }).click();
  await page.getByRole("status").getByText("specialist", { exact: true }).waitFor();

  await page.getByRole("switch", { name: /Delivery desk is active/ }).click();
  await soon(async () => (await server.ok("GET", `/agents/${agent.id}/sub-agents`)).data[0].is_active).toBe(false);
  await page.getByRole("button", { name: "Ask" }).click();
  await page.getByRole("status").getByText("main agent", { exact: true }).waitFor();

  await page.getByRole("button", { name: "Edit Delivery desk" }).click();
  await page.getByRole("button", { name: "Remove courier" }).click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await soon(async () => (await server.ok("GET", `/agents/${agent.id}/sub-agents`)).data[0].topics).toEqual([
    "delivery",
    "shipping cost",
  ]);
  await page.getByRole("button", { name: "Delete Delivery desk" }).click();
  await page.getByRole("dialog", { name: "Delete “Delivery desk”?" }).getByRole("button", { name: "Delete sub-agent" }).click();
  await page.getByText("No specialists yet").waitFor();
});

test("the list finds by words and status, tells of errors, and loads more", async () => {
  for (let n = 1; n <= 23; n++) await server.createAgent({ name: `Listed ${n}` });
  // The newest: as long as it is in view, the words have not been looked for.
  await server.createAgent({ name: "Another" });
  await signIn();
  await page.getByLabel("Search agents").fill("Listed");
  await soon(() => page.getByRole("link", { name: /^Listed / }).count()).toBe(20);
  await page.getByRole("button", { name: "Load more" }).click();
  await soon(() => page.getByRole("link", { name: /^Listed / }).count()).toBe(23);
  await accessible();
  await page.getByRole("navigation", { name: "Status" }).getByRole("link", { name: "Live" }).click();
  await page.getByText("No agent matches").waitFor();
  await accessible();
  expect(new URL(page.url()).search).toBe("?q=Listed&status=active");

  await context.setOffline(true);
  await page.getByRole("link", { name: "Show all agents" }).click();
  await page.getByRole("alert").getByText("cannot be reached").waitFor();
  // What failed comes by itself.
  await context.setOffline(false);
  await page.getByRole("link", { name: "Listed 23" }).waitFor();
});

test("the list tells when somebody last wrote to an agent", async () => {
  const agent = await server.createPublishedAgent({ name: "Quiet desk" });
  await signIn("/admin/agents?q=Quiet");
  const row = page.getByRole("listitem").filter({ hasText: "Quiet desk" });
  await row.getByText("No conversations yet").waitFor();
  await accessible();
  const { token, conversation_id } = await server.createSession(agent.slug);
  const body = { type: "message", conversation_id, content: "Anybody there?", client_message_id: crypto.randomUUID() };
  await server.ok("POST", "/public/frames", { token, body });
  await page.reload();
  await row.getByText("Last activity just now").waitFor();
});

test("a member sees the company's agents and changes nothing", async () => {
  const agent = await server.createAgent({ name: "Seen by members" });
  await signIn("/admin/agents", await server.createUser({ role: "client", client_id: agent.client_id, name: "Member" }));
  await page.getByLabel("Search agents").fill("Seen by");
  await page.getByRole("link", { name: "Seen by members" }).waitFor();
  expect(await page.getByRole("link", { name: "New agent" }).count()).toBe(0);
  await page.goto(`${server.url}/admin/agents/${agent.id}`);
  await heading("Seen by members");
  expect(await page.getByLabel("Name", { exact: true }).isDisabled()).toBe(true);
  expect(await page.getByRole("button", { name: "Delete agent" }).count()).toBe(0);
  await page.goto(`${server.url}/admin/agents/${agent.id}/publish`);
  expect(await page.getByLabel("One address a line").isDisabled()).toBe(true);
  expect(await page.getByRole("button", { name: /Save websites|Show secret|New secret/ }).count()).toBe(0);
});

test("a conversation is read with the reasons of its replies, taken over, answered and handed back", async () => {
  const agent = await server.createPublishedAgent({ name: "Front desk" });
  await server.createSubAgent(agent.id, { name: "Price expert", topics: ["prices"] });
  const visitor = await server.createSession(agent.slug);
  const say = (content: string) =>
    server.ok("POST", "/public/frames", {
      token: visitor.token,
      body: { type: "message", conversation_id: visitor.conversation_id, content, client_message_id: crypto.randomUUID() },
    });
  await say("What are your prices?");
  await signIn("/admin/conversations");
  await page.getByRole("list", { name: "Conversations" }).getByRole("link").first().click();
  const log = page.getByRole("log", { name: "Messages" });
  await log.getByText("What are your prices?", { exact: true }).waitFor();
  await log.getByText("specialist", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Take over" }).click();
  await page.getByLabel("Message to the visitor").fill("Ana here: ten each.");
  await page.keyboard.press("Enter");
  await log.getByText("Ana here: ten each.").waitFor();
  await say("Thank you, Ana");
  // It comes without a reload.
  await log.getByText("Thank you, Ana").waitFor();
  await accessible();
  await page.getByRole("button", { name: "Hand back" }).click();
  await page.getByRole("button", { name: "Take over" }).waitFor();
  await log.getByText("The assistant is back").waitFor();
});

test("a conversation shows who the visitor is, whether that is certain, where they came from, and what they think of replies", async () => {
  const agent = await server.createPublishedAgent({ name: "Known desk" });
  const { secret } = await server.ok("GET", `/agents/${agent.id}/identity`);
  const body = { name: "Ana <b>Lima</b>", email: "ana@example.test", source: "poster", meta: { plan: "pro" } };
  const visitor = await server.createSession(agent.slug, { body });
  const { token, conversation_id } = visitor;
  const frame = (more: Record<string, unknown>) => server.ok("POST", "/public/frames", { token, body: more });
  const replies = async () => {
    const { data } = await server.ok("GET", `/conversations/${conversation_id}/messages`);
    return data.filter((one: { role: string; status: string }) => one.role === "assistant" && one.status === "complete");
  };
  for (const count of [1, 2]) {
    await frame({ type: "message", conversation_id, content: `Question ${count}`, client_message_id: crypto.randomUUID() });
    await soon(async () => (await replies()).length).toBe(count);
  }
  const [first, second] = await replies();
  await frame({ type: "feedback", message_id: first.id, rating: "up" });

  await signIn(`/admin/conversations/${conversation_id}`);
  const about = page.getByRole("complementary", { name: "About the visitor" });
  await about.getByText("Ana <b>Lima</b>").waitFor();
  await soon(() => about.innerText()).toMatch(/unverified[\s\S]*ana@example\.test[\s\S]*poster[\s\S]*plan\s+pro/);
  const log = page.getByRole("log", { name: "Messages" });
  await log.getByText("The visitor found this helpful.").waitFor();
  expect(await log.locator(".rating").count()).toBe(1);
  await accessible();

  // It comes without a reload.
  await frame({ type: "feedback", message_id: second.id, rating: "down" });
  await frame({ type: "feedback", message_id: first.id, rating: null });
  await log.getByText("The visitor found this not helpful.").waitFor();
  await soon(() => log.locator(".rating").count()).toBe(1);
  const claims = { sub: "1", name: "Ana Lima", exp: Math.floor(Date.now() / 1000) + 60 };
  await server.ok("POST", "/public/sessions/identify", { token, body: { user_token: await sign(claims, secret, "HS256") } });
  await about.getByText("verified", { exact: true }).waitFor();
  expect(await about.innerText()).not.toContain("ana@example.test");
  await accessible();
  const meta = Object.fromEntries(Array.from({ length: 29 }, (_, n) => [`key ${n}`, "long words ".repeat(40)]));
  await server.ok("POST", "/public/sessions/identify", { token, body: { meta } });
  await page.setViewportSize({ width: 375, height: 700 });
  await page.getByRole("button", { name: "About the visitor" }).click();
  await about.getByText("plan", { exact: true }).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
  await accessible();
});

test("an agent that is not there and an address that leads nowhere say so", async () => {
  await signIn("/admin/agents/7d8f3a52-5f0c-4be5-8f9c-0a60e5c9d111");
  await page.getByText("does not exist").waitFor();
  await page.goto(`${server.url}/admin/nowhere/at/all`);
  await page.getByText("There is nothing here").waitFor();
});

function decode(bytes: Buffer): string | undefined {
  const { data, width, height } = PNG.sync.read(bytes);
  return jsQR(new Uint8ClampedArray(data), width, height)?.data;
}
async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
