import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Agent, PublicSession } from "../../protocol/resources.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { snippet } from "../support/snippets.ts";

let server: TestServer;
let agent: Agent;
let secret: string;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "renus-tokens-"));
  server = await startTestServer();
  agent = await server.createPublishedAgent();
  ({ secret } = await server.ok<{ secret: string }>("GET", `/agents/${agent.id}/identity`));
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const run = (command: string, file: string, text: string): string => {
  const path = join(folder, file);
  writeFileSync(path, text);
  return execFileSync(command, [path], { env: { ...process.env, SECRET: secret }, encoding: "utf8" }).trim();
};
const isInstalled = (command: string) => {
  try {
    execFileSync(command, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

/** Language → how a program with its snippet prints a token for José, whose id is a number. */
const LANGUAGES = {
  node: [
    process.execPath,
    "token.mjs",
    snippet("token-node"),
    `console.log(userToken({ id: 7, name: "José", email: "jose@example.test" }, process.env.SECRET));`,
  ],
  php: [
    "php",
    "token.php",
    snippet("token-php"),
    `echo renus_user_token(['id' => 7, 'name' => 'José', 'email' => 'jose@example.test'], getenv('SECRET'));`,
  ],
  python: [
    "python3",
    "token.py",
    snippet("token-python"),
    `import os\nprint(user_token({"id": 7, "name": "José", "email": "jose@example.test"}, os.environ["SECRET"]))`,
  ],
  ruby: [
    "ruby",
    "token.rb",
    snippet("token-ruby"),
    `puts user_token({ id: 7, name: "José", email: "jose@example.test" }, ENV["SECRET"])`,
  ],
} as const;

describe.each(Object.entries(LANGUAGES))("a user token made with %s", (_, [command, file, code, call]) => {
  test.skipIf(!isInstalled(command))("is accepted, and refused with another secret", async () => {
    const token = run(command, file, `${code}\n${call}\n`);
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), { algorithms: ["HS256"] });
    expect(payload).toEqual({ sub: "7", name: "José", email: "jose@example.test", exp: expect.any(Number) });
    expect(payload.exp! - Date.now() / 1000).toBeCloseTo(3600, -2);

    const { user } = await server.createSession(agent.slug, { body: { user_token: token } });
    expect(user).toEqual({ name: "José", email: "jose@example.test", verified: true });

    const other = await server.createPublishedAgent();
    const refused = await server.request("POST", `/public/agents/${other.slug}/sessions`, { body: { user_token: token } });
    expect([refused.status, refused.body.code]).toEqual([401, "AUTH_ERROR"]);
  });
});

test.skipIf(!isInstalled("php"))(
  "the WordPress code knows who is signed in, and prints the plain tag for everybody else",
  async () => {
    // What WordPress brings: hooks that run at once, a user, escaping.
    const page = (user: string) =>
      run(
        "php",
        "footer.php",
        `${snippet("token-php")}
function add_action($hook, $fn) { if ($hook === 'wp_footer') $fn(); }
function esc_attr($text) { return htmlspecialchars($text, ENT_QUOTES); }
class Visitor { public $ID = 0; public $display_name = ''; public $user_email = ''; function exists() { return $this->ID > 0; } }
function wp_get_current_user() { $user = new Visitor(); ${user} return $user; }
define('RENUS_IDENTITY_SECRET', getenv('SECRET'));
${snippet("wordpress")}`,
      );
    expect(page("")).toBe(snippet("tag"));
    const tag = page("$user->ID = 7; $user->display_name = 'José'; $user->user_email = 'jose@example.test';");
    const token = /^<script src="[^"]+" data-agent="your-agent" data-user-token="([^"]+)" async><\/script>$/.exec(tag)![1]!;
    const { user } = await server.createSession(agent.slug, { body: { user_token: token } });
    expect(user).toEqual({ name: "José", email: "jose@example.test", verified: true });
  },
);

test("the same person comes back to the same conversation", async () => {
  const [command, file, code, call] = LANGUAGES.node;
  const session = (): Promise<PublicSession> =>
    server.createSession(agent.slug, { body: { user_token: run(command, file, `${code}\n${call}\n`) } });
  const [first, second] = [await session(), await session()];
  expect([second.visitor_id, second.conversation_id]).toEqual([first.visitor_id, first.conversation_id]);
});
