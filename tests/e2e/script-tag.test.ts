import { afterAll, beforeAll, expect, test } from "vitest";
import { checkScriptTag } from "../../examples/script-tag/check.ts";
import manifest from "../../package.json" with { type: "json" };
import type { Agent, AgentInstall, Page } from "../../protocol/resources.ts";
import { startRealServer, type RealServer } from "../support/real-server.ts";

let server: RealServer;
beforeAll(async () => void (server = await startRealServer()));
afterAll(() => server.remove());

test("a shop on another origin chats with the demonstration by the tag alone", async () => {
  const answer = await checkScriptTag({ server: server.url, agent: "demo", question: "How long does delivery take?" });
  expect(answer).toContain("10 working days");
  expect(answer).toMatch(/demonstration/i);
  // Which is what the panel tells its owner.
  const { data } = await server.call<Page<Agent>>("GET", "/agents");
  const installs = await server.call<Page<AgentInstall>>(
    "GET",
    `/agents/${data.find(({ slug }) => slug === "demo")!.id}/installs`,
  );
  expect(installs.data).toMatchObject([
    { origin: expect.stringMatching(/^http:/), widget_version: manifest.version, sessions: 1 },
  ]);
});

test("the check fails where there is no such agent", async () => {
  await expect(checkScriptTag({ server: server.url, agent: "nobody", timeoutMs: 1500 })).rejects.toThrow();
});
