import { afterAll, beforeAll, expect, test } from "vitest";
import { checkScriptTag } from "../../examples/script-tag/check.ts";
import { startRealServer, type RealServer } from "../support/real-server.ts";

let server: RealServer;
beforeAll(async () => void (server = await startRealServer()));
afterAll(() => server.remove());

test("a shop on another origin chats with the demonstration by the tag alone", async () => {
  const answer = await checkScriptTag({ server: server.url, agent: "demo", question: "How long does delivery take?" });
  expect(answer).toContain("10 working days");
  expect(answer).toMatch(/demonstration/i);
});

test("the check fails where there is no such agent", async () => {
  await expect(checkScriptTag({ server: server.url, agent: "nobody", timeoutMs: 1500 })).rejects.toThrow();
});
