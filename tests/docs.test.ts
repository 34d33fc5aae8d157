import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { COMMANDS, findCommand, readCall } from "../api/cli/commands.ts";

const root = resolve(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const README = read("README.md");
const manifest = JSON.parse(read("package.json")) as {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
};

/** Commands of all shell blocks of a page. */
const commandsOf = (markdown: string) =>
  [...markdown.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((block) => block[1]!.trim().split("\n"));

describe("the environment", () => {
  const known = [...read("api/config.ts").matchAll(/^ {2}([A-Z_]+): optional\(/gm)].map((match) => match[1]!);

  test("the table of the readme names exactly what the server reads", () => {
    expect(known).toContain("DATABASE_URL");
    const table = [...README.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]!);
    expect(table.toSorted()).toEqual(known.toSorted());
  });

  test(".env.example does so too, and sets nothing by itself", () => {
    const lines = read(".env.example").split("\n");
    const names = lines.flatMap((line) => /^# ([A-Z_]+)=/.exec(line)?.[1] ?? []);
    expect(names.toSorted()).toEqual(known.toSorted());
    expect(lines.filter((line) => line !== "" && !line.startsWith("#"))).toEqual([]);
  });
});

describe("the commands", () => {
  const commands = [README, read("CONTRIBUTING.md"), read("bench/README.md"), read("docs/operations.md")].flatMap(commandsOf);

  test.each(commands)("%s names a script that exists", (command) => {
    const words = command.split(" ").filter((word) => !/^[A-Z_]+=\S*$/.test(word));
    const script =
      words[0] === "npm" ? manifest.scripts[words[1] === "run" ? words[2]! : words[1]!] : words.join(" ").replace(/^npx /, "");
    const file = /^node (\S+)/.exec(script ?? "")?.[1];
    expect(file, command).toBeDefined();
    expect(existsSync(join(root, file!)), file).toBe(true);
  });

  test("every command of the page on operations is understood as it stands there, and none is left out", () => {
    const lines = commandsOf(read("docs/operations.md")).map((line) =>
      line.replace(/^node bin\/renus.mjs /, "").replace(/\$\([^)]*\)/, "today"),
    );
    const understood = lines.flatMap((line) => {
      const found = findCommand(line.split(" "));
      if (!found) return [];
      readCall(found.command, found.rest);
      return [found.command.name];
    });
    expect(lines.filter((line) => line !== "--help")).toHaveLength(understood.length);
    expect([...new Set(understood)].toSorted()).toEqual(COMMANDS.map(({ name }) => name).toSorted());
  });

  test("npm start serves, says where, and ends orderly", { timeout: 120_000 }, async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "renus-docs-"));
    const environment = {
      ...process.env,
      PORT: "0",
      DATA_DIR: dataDir,
      LOG_LEVEL: "error",
      DATABASE_URL: "",
      OPENAI_API_KEY: "",
    };
    const child = spawn(process.execPath, ["scripts/start.mjs"], {
      cwd: root,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    try {
      let words = "";
      const ended = new Promise<number | null>((done) => child.once("close", done));
      const panel = await new Promise<string>((done, fail) => {
        const listen = (chunk: Buffer) => {
          words += chunk.toString();
          const url = /Panel +(http:\S+)/.exec(words)?.[1];
          if (url && /\n\n/.test(words.slice(words.indexOf(url)))) done(url);
        };
        child.stdout.on("data", listen);
        child.stderr.on("data", listen);
        void ended.then(() => fail(new Error(words)));
      });
      expect(words).toMatch(/Password +\S{12,}/);
      expect((await fetch(new URL("/healthz", panel))).status).toBe(200);
      child.kill("SIGTERM");
      expect(await ended).toBe(0);
    } finally {
      if (child.exitCode === null) child.kill("SIGKILL");
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});

test("every dependency has its line of reason, and no line is left over", () => {
  const lines = read("docs/decisions/dependencies.md")
    .split("\n")
    .filter((line) => line.startsWith("- "));
  const reasons = lines.flatMap((line) => [...line.split(":")[0]!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!));
  const installed = [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies].flatMap((part) =>
    Object.keys(part),
  );
  expect(reasons.toSorted()).toEqual(installed.toSorted());
});

test.each([
  "README.md",
  "CONTRIBUTING.md",
  "docs/architecture.md",
  "docs/embed.md",
  "docs/deploy.md",
  "docs/operations.md",
  "bench/README.md",
])("links of %s lead somewhere", (page) => {
  const links = [...read(page).matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1]!).filter((link) => !/^https?:/.test(link));
  for (const link of links) expect(existsSync(join(root, dirname(page), link)), link).toBe(true);
});

test("the tag of the readme is the one that is handed out", async () => {
  const { embedSnippet } = await import("../api/services/agents/embed-snippet.ts");
  expect(README).toContain(embedSnippet("your-agent", { publicUrl: "https://chat.example.com" }));
});
