import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { checkHeadless } from "../../examples/headless-node/check.ts";
import { checkReact } from "../../examples/react/check.ts";
import { checkStrictCsp, VARIANTS } from "../../examples/strict-csp/check.ts";
import { checkSupabase } from "../../examples/supabase/check.ts";
import { isLong } from "../support/long.ts";
import { REAL_SERVER_EMAIL, REAL_SERVER_PASSWORD, startRealServer, type RealServer } from "../support/real-server.ts";
import { startSupabaseLite } from "../support/supabase-lite.ts";

let server: RealServer;
beforeAll(async () => void (server = await startRealServer()));
afterAll(() => server.remove());

const question = "How long does delivery take?";
const ANSWER = "10 working days";

describe("a page with a strict policy", () => {
  test.each(VARIANTS)("chats, by %s", async (variant) => {
    expect(await checkStrictCsp({ server: server.url, agent: "demo", variant, question })).toContain(ANSWER);
  });

  const MISSING = [
    ["nonce", "script-src", "'nonce-another' 'strict-dynamic'"],
    ["allow-list", "script-src", "'none'"],
    ["frame", "frame-src", "'none'"],
    ["allow-list", "trusted-types", "'none'"],
  ] as const;
  test.each(MISSING.slice(0, isLong ? undefined : 1))("fails, by %s, where its %s is %s", async (variant, name, value) => {
    const input = { server: server.url, agent: "demo", variant, directives: { [name]: value }, timeoutMs: 1500 };
    await expect(checkStrictCsp(input)).rejects.toThrow(/policy|violat|Trusted|Timeout/i);
  });

  test("fails where one line is missing: without its socket the chat falls back, and the check tells", async () => {
    const directives = { "connect-src": server.url };
    await expect(checkStrictCsp({ server: server.url, agent: "demo", variant: "allow-list", directives })).rejects.toThrow(
      /connect-src/,
    );
  });
});

describe("a React application", () => {
  test("chats under strict mode, changes, goes and comes back", { timeout: 180_000 }, async () => {
    expect(await checkReact({ server: server.url, agent: "demo", question })).toContain(ANSWER);
  });

  test("fails where there is no such agent", async () => {
    await expect(checkReact({ server: server.url, agent: "nobody", timeoutMs: 1500 })).rejects.toThrow();
  });
});

describe("a chat without a browser", () => {
  const input = () => ({ server: server.url, email: REAL_SERVER_EMAIL, password: REAL_SERVER_PASSWORD });

  test("creates an agent, asks it, prints the transcript, and leaves nothing", async () => {
    const agents = async () => (await server.call<{ data: { id: string }[] }>("GET", "/agents")).data.map(({ id }) => id);
    const before = await agents();
    const transcript = await checkHeadless(input());
    expect(transcript).toMatch(/^You: When are the rooms open\?\nFront desk: .*8:00 to 20:00/);
    expect(await agents()).toEqual(before);
  });

  test("fails with a wrong password, and where nobody answers", async () => {
    await expect(checkHeadless({ ...input(), password: "wrong" })).rejects.toThrow(/400|401/);
    await expect(checkHeadless({ ...input(), server: "http://127.0.0.1:9" })).rejects.toThrow();
  });
});

describe("a Supabase project", () => {
  test(
    "is signed in to with supabase-js, and its agent answers, is seen by who may, and is removed",
    { timeout: 120_000 },
    async () => {
      // It writes there who was refused, each time with a stack.
      const written = vi.spyOn(console, "error").mockImplementation(() => {});
      const project = await startSupabaseLite();
      const onProject = await startRealServer({
        DATABASE_URL: project.database.url,
        SUPABASE_URL: project.config.url,
        SUPABASE_ANON_KEY: project.config.anonKey,
        SUPABASE_SERVICE_ROLE_KEY: project.config.serviceRoleKey,
      });
      const input = { server: onProject.url, email: REAL_SERVER_EMAIL, password: REAL_SERVER_PASSWORD };
      try {
        expect(await checkSupabase(input)).toMatch(/^You: Which berth is free\?\nHarbour office: ./);
        await expect(checkSupabase({ ...input, password: "wrong" })).rejects.toThrow("Invalid login credentials");
        await expect(checkSupabase({ ...input, server: server.url })).rejects.toThrow("SUPABASE_URL");
        expect(onProject.output()).not.toContain(project.config.serviceRoleKey);
      } finally {
        await onProject.remove();
        await project.stop();
        written.mockRestore();
      }
    },
  );
});
