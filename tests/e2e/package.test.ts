import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { serveSite, type Site } from "../../examples/browser.ts";
import { bundle } from "../../examples/react/bundle.ts";
import { launchChromium } from "../support/chromium.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { snippet, snippetFor } from "../support/snippets.ts";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

/** An application of its own, in which the packed package is installed. */
let application: string;
beforeAll(async () => {
  application = mkdtempSync(join(tmpdir(), "renus-application-"));
  const commands = snippet("package").split("\n");
  expect(commands[0]).toBe("npm run build");
  const [npm, ...pack] = commands[1]!.split(" ");
  const { stdout } = await run(npm!, [...pack, "--pack-destination", application, "--json"], { cwd: root });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const installed = join(application, "node_modules", "renus");
  mkdirSync(installed, { recursive: true });
  await run("tar", ["-xzf", join(application, filename), "-C", installed, "--strip-components=1"]);
  mkdirSync(join(application, "node_modules", "@types"));
  for (const name of ["react", "react-dom", "@types/react", "csstype"])
    symlinkSync(join(root, "node_modules", name), join(application, "node_modules", name));
  const compilerOptions = {
    target: "es2022",
    lib: ["es2022", "dom", "dom.iterable"],
    module: "esnext",
    moduleResolution: "bundler",
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    jsx: "react-jsx",
    types: [],
  };
  writeFileSync(join(application, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts", "*.tsx"] }));
  writeFileSync(join(application, "package.json"), JSON.stringify({ type: "module" }));
});
afterAll(() => rmSync(application, { recursive: true, force: true }));

describe("types", () => {
  const EXAMPLES = [
    ["widget-module", "widget.ts"],
    ["client", "client.ts"],
    ["react", "help.tsx"],
    ["next", "chat.tsx"],
  ] as const;
  const REFUSED = [
    [`mount({ origin: "", agent: "", position: "top" })`, "EmbedPosition"],
    [`mount({ origin: "" })`, "agent"],
    [`mount({ agent: "" })`, "origin"],
    [`mount({ origin: "", agent: "" }).on("opened", () => {})`, "opened"],
    [`mount({ origin: "", agent: "" }).on("unread", ({ count }) => count.trim())`, "trim"],
  ] as const;
  const USES = `
    import { mount, type RenusEvents } from "renus/widget";
    import { createChatClient, type ChatState } from "renus/client";
    import { ApiError, createApiClient, type Agent } from "renus/api";
    const chat = mount(document.body, { origin: "https://x.example", agent: "a", meta: { plan: "pro" }, prompts: ["One?"] });
    const role: "visitor" | "assistant" | "operator" | "system" = {} as RenusEvents["message"]["message"]["role"];
    const leave: () => void = chat.on("unread", ({ count }) => count.toFixed());
    const state: ChatState = createChatClient({ origin: "", agent: "" }).state();
    const name: string | undefined = state.agent?.name;
    const api = createApiClient({ origin: "https://x.example", key: "rns_" });
    const agentName: Promise<string> = api.call("GET /agents/{id}", { params: { id: "" } }).then((agent: Agent) => agent.name);
    const isBusy = (err: unknown): boolean => err instanceof ApiError && err.status === 429;
    export { role, leave, name, agentName, isBusy };`;

  /** What tsc says, of all files of the application together. */
  let words: string;
  beforeAll(async () => {
    const files = [
      ...EXAMPLES.map(([name, file]) => [file, snippet(name)] as const),
      ["uses.ts", USES] as const,
      ...REFUSED.map(([call], at) => [`wrong-${at}.ts`, `import { mount } from "renus/widget";\n${call};`] as const),
    ];
    for (const [file, code] of files) writeFileSync(join(application, file), code);
    words = await run(join(root, "node_modules", ".bin", "tsc"), ["-p", application, "--pretty", "false"], {
      cwd: application,
    }).then(
      () => "",
      (err: { stdout: string }) => err.stdout,
    );
    for (const [file] of files) rmSync(join(application, file));
  });
  /** The lines about one file, and those that further explain them. */
  const errorsOf = (file: string) =>
    words
      .split(/\n(?=\S)/)
      .filter((line) => line.startsWith(`${file}(`))
      .join("\n");

  test("nothing is wrong with the package itself", () => {
    expect(words.split("\n").filter((line) => /^\S/.test(line) && !line.startsWith("wrong-"))).toEqual([]);
  });

  test.each(EXAMPLES)("of %s are complete, without zod and without skipLibCheck", (_, file) => {
    expect(errorsOf(file)).toBe("");
  });

  test("know what events carry and what options there are", () => {
    expect(errorsOf("uses.ts")).toBe("");
  });

  test.each(REFUSED.map(([call, why], at) => [call, why, `wrong-${at}.ts`] as const))("refuse %s", (_, why, file) => {
    expect(errorsOf(file)).toContain(why);
  });
});

test("importing it on a server does nothing, and React renders nothing there", async () => {
  const code = `
    const before = Object.keys(globalThis).join();
    await import("renus/widget");
    await import("renus/client");
    const { createApiClient, ApiError } = await import("renus/api");
    const { RenusChat } = await import("renus/react");
    const { createElement } = await import("react");
    const { renderToString } = await import(${JSON.stringify(join(root, "node_modules/react-dom/server.node.js"))});
    const html = renderToString(createElement(RenusChat, { origin: "https://x.example", agent: "a" }));
    console.log(JSON.stringify([html, Object.keys(globalThis).join() === before, typeof createApiClient, typeof ApiError]));`;
  writeFileSync(join(application, "server.js"), code);
  const { stdout } = await run(process.execPath, ["server.js"], { cwd: application });
  expect(JSON.parse(stdout)).toEqual(["", true, "function", "function"]);
});

test("it carries its licence, no dependencies, and the version of the project", () => {
  const manifest = JSON.parse(readFileSync(join(application, "node_modules/renus/package.json"), "utf8")) as object;
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  expect(manifest).toMatchObject({ name: "renus", version, peerDependencies: { react: ">=18" } });
  expect(manifest).not.toHaveProperty("dependencies");
  expect(readFileSync(join(application, "node_modules/renus/LICENSE"), "utf8")).toContain("MIT");
});

describe("in a browser", () => {
  let server: TestServer;
  let browser: Browser;
  let site: Site;
  let files = new Map<string, string>();
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    [server, browser] = await Promise.all([startTestServer(), launchChromium()]);
    await server.createPublishedAgent({ name: "Your agent", slug: "your-agent", config: { greeting: "Hi!" } });
    await server.createPublishedAgent({ name: "Another agent", slug: "another-agent", config: { greeting: "Hello!" } });
    site = await serveSite((path) => {
      const text = files.get(path.slice(1));
      if (text !== undefined) return { type: "text/javascript", text };
      const body = `<link rel="icon" href="data:," /><div id="root"></div><section id="help"></section><script type="module" src="app.js"></script>`;
      return path === "/"
        ? { type: "text/html", text: `<!doctype html><html lang="en"><title>App</title>${body}</html>` }
        : undefined;
    });
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    complaints = [];
    context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-US" });
    context.setDefaultTimeout(15_000);
    page = await context.newPage();
    page.on("pageerror", (err) => complaints.push(String(err)));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
  });
  afterEach(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });

  /** Bundles a program as an application would, and opens a page with it. */
  const start = async (code: string) => {
    const folder = join(application, "src");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "app.tsx"), code.replaceAll("https://chat.example.com", server.url));
    files = await bundle(join(folder, "app.tsx"));
    await page.goto(site.url);
  };
  const launchers = () => page.getByRole("button", { expanded: false, name: /chat/i });
  const panel = (name = "Your agent") => page.getByRole("dialog", { name });
  const messages = () => page.locator(".message");
  const say = async (text: string) => {
    await page.getByRole("textbox").fill(text);
    await page.getByRole("textbox").press("Enter");
  };
  const inPage = <T>(expression: string) => page.evaluate<T>(expression);
  const ORIGIN = `origin: "https://chat.example.com", agent: "your-agent"`;
  /** With the handle as a global, for the test alone. */
  const mounted = (options: string, target = "") =>
    `import { mount } from "renus/widget"; Object.assign(window, { chat: mount(${target}{ ${ORIGIN}, ${options} }) });`;
  const react = (body: string) => `
    import { StrictMode, useState, useRef } from "react";
    import { createRoot } from "react-dom/client";
    import { RenusChat } from "renus/react";
    ${body}
    createRoot(document.getElementById("root")!).render(<StrictMode><App /></StrictMode>);`;

  test("an import alone leaves no trace", async () => {
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    await start(`import { mount } from "renus/widget"; import * as react from "renus/react"; import * as client from "renus/client";
      const before = Object.keys(window).join(); setTimeout(() => Object.assign(window, { kept: [mount, react, client], before }), 300);`);
    await page.waitForFunction(() => "before" in window);
    expect(await inPage("Object.keys(window).filter((key) => !['kept', 'before'].includes(key)).join() === before")).toBe(true);
    expect(await inPage("[customElements.get('renus-chat'), window.Renus, localStorage.length, sessionStorage.length]")).toEqual([
      undefined,
      undefined,
      0,
      0,
    ]);
    expect(requests.map((url) => new URL(url).pathname).filter((path) => path.endsWith(".js"))).not.toContain("/embed.js");
    expect(requests.filter((url) => url.startsWith(server.url))).toEqual([]);
  });

  test("the example of the page opens with its words and tells what is said", async () => {
    const lines: string[] = [];
    page.on("console", (message) => lines.push(message.text()));
    await start(snippet("widget-module"));
    await panel().waitFor();
    await expect.poll(() => page.getByRole("textbox").inputValue()).toBe("Hello!");
    await page.getByRole("textbox").press("Enter");
    await messages().nth(1).waitFor();
    await expect.poll(() => lines[0]).toBe("Hello!");
    expect((await page.getByRole("button", { expanded: true }).boundingBox())!.x).toBeLessThan(100);
    expect(await inPage("window.Renus")).toBeUndefined();
  });

  test("the launcher is the one of the tag, drawn and styled alike", async () => {
    const look = () =>
      page.evaluate(() => {
        const host = [...document.documentElement.children].find((child) => child.shadowRoot)!;
        const { adoptedStyleSheets, children } = host.shadowRoot!;
        const markup = [...children].map((child) => new XMLSerializer().serializeToString(child));
        const rules = adoptedStyleSheets.flatMap(({ cssRules }) => [...cssRules].map(({ cssText }) => cssText));
        return [markup, host.getAttribute("style"), rules];
      });
    const options = { position: "bottom-left", offsetX: "32", zIndex: "7", color: "#0f766e" };
    await start(mounted(JSON.stringify(options).slice(1, -1)));
    await launchers().waitFor();
    const ofModule = await look();
    await start("");
    const attributes = Object.entries({ agent: "your-agent", ...options }).map(([name, value]) => [
      `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      value,
    ]);
    await page.evaluate(
      ([src, all]) => {
        const tag = document.createElement("script");
        for (const [name, value] of all) tag.setAttribute(name!, value!);
        tag.src = src;
        document.head.append(tag);
      },
      [`${server.url}/widget/v1.js`, attributes] as const,
    );
    await launchers().waitFor();
    expect(await look()).toEqual(ofModule);
  });

  test("nothing is fetched from the server until somebody reaches for the launcher", async () => {
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    await start(mounted(""));
    await launchers().waitFor();
    await page.waitForTimeout(300);
    expect(requests.filter((url) => url.startsWith(server.url))).toEqual([]);
    expect(await inPage("customElements.get('renus-chat')")).toBeUndefined();
    await launchers().click();
    await panel().waitFor();
    await say("hello");
    await messages().nth(1).waitFor();
  });

  test("what is told to it before waits until it is needed", async () => {
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    await start(mounted(""));
    await launchers().waitFor();
    await inPage(
      `chat.identify({ name: "Ana" }); chat.setTheme("dark"); chat.setLocale("es"); chat.set({ greeting: "Hola" }); chat.close()`,
    );
    await page.waitForTimeout(300);
    expect(requests.filter((url) => url.startsWith(server.url))).toEqual([]);
    await inPage("chat.prefill('words'); chat.open()");
    await page.getByText("Hola", { exact: true }).waitFor();
    await expect.poll(() => page.getByRole("textbox").inputValue()).toBe("words");
    expect(await page.locator("renus-chat").getAttribute("theme")).toBe("dark");
    await page.getByRole("button", { name: "Enviar" }).waitFor();
  });

  test("options come and go while it is there", async () => {
    await start(mounted("title: 'One', offsetX: 40"));
    await launchers().waitFor();
    const fromTheRight = async (button = launchers()) => {
      const { x, width } = (await button.boundingBox())!;
      return 1280 - x - width;
    };
    expect(await fromTheRight()).toBe(40);
    await inPage("chat.set({ offsetX: 60 })");
    expect(await fromTheRight()).toBe(60);
    await launchers().click();
    await panel("One").waitFor();
    await inPage("chat.set({ title: undefined, offsetX: undefined, launcher: false })");
    await panel().waitFor();
    expect(await page.getByRole("button", { expanded: true }).count()).toBe(0);
    await inPage("chat.set({ launcher: true })");
    expect(await fromTheRight(page.getByRole("button", { expanded: true }))).toBe(20);
  });

  test("opens by itself where that is wanted, and stays away from paths where it is not", async () => {
    await start(mounted("open: true"));
    await panel().waitFor();
    await start(mounted("hideOn: '/checkout/*'"));
    await launchers().waitFor();
    await page.evaluate(() => history.pushState(null, "", "/checkout/payment"));
    await launchers().waitFor({ state: "hidden" });
    await page.evaluate(() => history.back());
    await launchers().waitFor();
  });

  test("inside an element it is open, and goes with the handle", async () => {
    await start(mounted("greeting: 'Welcome!'", `"#help", `));
    await page.locator("#help").getByRole("region", { name: "Your agent" }).waitFor();
    await page.getByText("Welcome!").waitFor();
    expect(await inPage("chat.isOpen()")).toBe(true);
    await inPage("chat.destroy()");
    expect(await page.locator("renus-chat").count()).toBe(0);
  });

  test("a target that is not there is an error in words", async () => {
    await start(
      `import { mount } from "renus/widget"; try { mount("#nowhere", { ${ORIGIN} }) } catch (err) { document.title = String(err) }`,
    );
    await expect.poll(() => page.title()).toContain("#nowhere");
  });

  test("two handles act on a chat each, and hear only theirs", async () => {
    await start(`import { mount } from "renus/widget";
      const [one, two] = ["your-agent", "another-agent"].map((agent, at) => mount({ origin: "https://chat.example.com", agent, position: at ? "bottom-left" : "bottom-right" }));
      const heard = []; one.on("open", ({ agent }) => heard.push("one " + agent)); two.on("open", ({ agent }) => heard.push("two " + agent));
      two.once("ready", ({ agent }) => heard.push("ready " + agent));
      Object.assign(window, { one, two, heard });`);
    await inPage("two.open()");
    await panel("Another agent").waitFor();
    await expect.poll(() => inPage("heard.join()")).toBe("ready another-agent,two another-agent");
    await inPage("two.close(); one.open()");
    await panel().waitFor();
    await expect.poll(() => inPage("heard.length")).toBe(3);
    expect(await inPage("[one.isOpen(), two.isOpen()]")).toEqual([true, false]);
    await inPage("two.destroy()");
    expect(await panel().isVisible()).toBe(true);
    expect(await page.locator("renus-chat").count()).toBe(1);
  });

  test("destroyed before it has loaded, it never appears", async () => {
    await start(
      `import { mount } from "renus/widget"; const chat = mount({ ${ORIGIN} }); chat.open(); chat.destroy(); chat.open();`,
    );
    await page.waitForLoadState("networkidle");
    await page.waitForTimeout(300);
    expect(await launchers().count()).toBe(0);
    expect(await page.locator("renus-chat").count()).toBe(0);
  });

  test("the client of the page needs no element", async () => {
    const lines: string[] = [];
    page.on("console", (message) => lines.push(message.text()));
    await start(snippet("client"));
    await expect.poll(() => lines.some((line) => line.length > 20)).toBe(true);
    expect(await inPage("customElements.get('renus-chat')")).toBeUndefined();
  });

  test("the examples for React and Next.js run under strict mode", async () => {
    const app = (name: string, component: string) =>
      `${snippetFor(name, server.url).replace("export function", "function")}
       import { StrictMode } from "react"; import { createRoot } from "react-dom/client";
       createRoot(document.getElementById("root")!).render(<StrictMode><${component} /></StrictMode>);`;
    await start(app("next", "Chat"));
    await launchers().waitFor();
    expect(await launchers().count()).toBe(1);
    await start(app("react", "Help"));
    await page.getByRole("button", { name: "Ask us" }).click();
    await panel().waitFor();
    await expect.poll(() => page.getByRole("textbox").inputValue()).toBe("I have a question about my invoice.");
    expect(await launchers().count()).toBe(0);
  });

  test("React: mounting, unmounting and mounting again leaves one launcher, and the conversation", async () => {
    await start(
      react(`function App() {
      const [isThere, set] = useState(true);
      return <><button onClick={() => set(!isThere)}>Switch</button>{isThere && <RenusChat ${props()} />}</>;
    }`),
    );
    await launchers().waitFor();
    expect(await launchers().count()).toBe(1);
    await launchers().click();
    await say("hello");
    await messages().nth(1).waitFor();
    const toggle = page.getByRole("button", { name: "Switch" });
    for (let times = 0; times < 3; times++) {
      await toggle.click();
      await expect.poll(() => page.locator("renus-chat").count()).toBe(0);
      expect(await launchers().count()).toBe(0);
      await toggle.click();
      await launchers().waitFor();
      expect(await launchers().count()).toBe(1);
    }
    await launchers().click();
    await messages().nth(1).waitFor();
  });

  test("React: changed properties reach an open chat without ending it", async () => {
    await start(
      react(`function App() {
      const [at, set] = useState(0);
      return <><button onClick={() => set(at + 1)}>Next</button>
        <RenusChat ${props()} theme={at ? "dark" : "light"} color={at ? "#aa0000" : undefined} title={at ? "Renamed" : undefined}
          position={at ? "bottom-left" : "bottom-right"} placeholder={at ? "Say it" : undefined} meta={at ? { step: "2" } : undefined} /></>;
    }`),
    );
    await launchers().click();
    await say("hello");
    await messages().nth(1).waitFor();
    const node = await page.locator("renus-chat").elementHandle();
    await page.getByRole("button", { name: "Next" }).click();
    await panel("Renamed").waitFor();
    expect(await messages().count()).toBe(2);
    expect(await page.locator("renus-chat").evaluate((now, before) => now === before, node)).toBe(true);
    expect(await page.getByRole("textbox", { name: "Say it" }).count()).toBe(1);
    const launcher = page.getByRole("button", { expanded: true });
    expect((await launcher.boundingBox())!.x).toBeLessThan(100);
    expect(await launcher.evaluate((button) => getComputedStyle(button).backgroundColor)).toBe("rgb(170, 0, 0)");
    await say("with context");
    await messages().nth(3).waitFor();
    const { data } = await server.ok<{ data: { meta: object }[] }>("GET", "/conversations");
    expect(data[0]!.meta).toMatchObject({ step: "2" });
  });

  test("React: another agent is another chat", async () => {
    await start(
      react(`function App() {
      const [agent, set] = useState("your-agent");
      return <><button onClick={() => set("another-agent")}>Other</button><RenusChat origin="https://chat.example.com" agent={agent} /></>;
    }`),
    );
    await launchers().waitFor();
    await page.getByRole("button", { name: "Other" }).click();
    await launchers().click();
    await panel("Another agent").waitFor();
    expect(await page.locator("renus-chat").count()).toBe(1);
  });

  test("React: inside its place, with callbacks that are always the newest", async () => {
    await start(
      react(`function App() {
      const [count, set] = useState(0);
      return <><output>{count}</output><RenusChat ${props()} mode="inline" className="place" onMessage={() => set(count + 1)} /></>;
    }`),
    );
    await page.locator(".place").getByRole("region", { name: "Your agent" }).waitFor();
    await say("hello");
    await expect.poll(() => page.locator("output").innerText()).toBe("2");
  });

  const props = () => `origin="https://chat.example.com" agent="your-agent"`;
});

test("the component for Vue parses, and imports what there is", async () => {
  const [, script] = /^<script setup>\n([^]*)\n<\/script>\n\n<template><\/template>$/.exec(snippet("vue"))!;
  const { parse } = await import("@swc/core");
  const { body } = await parse(script!, { syntax: "ecmascript", target: "es2022" });
  expect(body.filter((node) => node.type === "ImportDeclaration").map((node) => node.source.value)).toEqual([
    "vue",
    "renus/widget",
  ]);
});
