import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";
import { SYSTEM } from "../db/actor.ts";
import { openIdentitySecret } from "../services/agents/identity-secret.ts";
import type { DatabaseCommand } from "./command.ts";
import { findCommand, readCall } from "./commands.ts";

let server: TestServer;
beforeAll(async () => (server = await startTestServer()));
afterAll(() => server.stop());

/** As if it were typed. */
const run = (line: string, input = "") => {
  const { command, rest } = findCommand(line.split(" "))!;
  return (command as DatabaseCommand).runWith(server.deps, readCall(command, rest), input);
};

test("agents move with their sub-agents, without secrets, as drafts with free slugs", async () => {
  const agent = await server.createPublishedAgent({
    name: "Aria",
    description: "Knows the shop.",
    system_prompt: "You help.",
    config: { greeting: "Hello!", crm: { url: "https://crm.example", api_key: "sk-hidden" } },
  });
  await server.createSubAgent(agent.id, {
    name: "Orders",
    topics: ["delivery", "returns"],
    system_prompt: "You know the orders.",
    knowledge_base: { text: "Parcels take two days." },
  });
  await server.createSubAgent(agent.id, { name: "Retired", is_active: false });
  const { identity_secret: sealed } = await server.deps.db.as(SYSTEM, (trx) =>
    trx.selectFrom("agent_secrets").select("identity_secret").where("agent_id", "=", agent.id).executeTakeFirstOrThrow(),
  );
  const secret = openIdentitySecret(server.deps.config, agent.id, sealed);
  expect(secret).not.toBe(sealed);
  const { code, out } = await run(`export ${agent.slug}`);
  expect(code).toBe(0);
  for (const hidden of [secret, sealed, agent.id, agent.client_id, "sk-hidden"]) expect(out).not.toContain(hidden);
  expect((await run("export")).out).toBe(out);

  const imported = await run("import -", out);
  expect(imported.out).toMatch(new RegExp(`^[0-9a-f-]{36} {2}Aria \\(${agent.slug} was taken\\)\\nDrafts: `));
  const copy = await server.ok("GET", `/agents/${imported.out.slice(0, 36)}`);
  expect(copy).toMatchObject({ name: "Aria", description: "Knows the shop.", system_prompt: "You help.", status: "draft" });
  expect(copy.config).toMatchObject({ greeting: "Hello!", crm: { url: "https://crm.example" } });
  const { data } = await server.ok("GET", `/agents/${copy.id}/sub-agents`);
  const bare = (one: Record<string, unknown>) => ({ ...one, id: 0, agent_id: 0, created_at: 0, updated_at: 0 });
  const { data: before } = await server.ok("GET", `/agents/${agent.id}/sub-agents`);
  expect(data.map(bare)).toEqual(before.map(bare));
  // The address stays where it is free.
  await server.ok("DELETE", `/agents/${agent.id}`);
  const again = await run("import -", out);
  expect(await server.ok("GET", `/agents/${again.out.slice(0, 36)}`)).toMatchObject({ slug: agent.slug });
});

test("what is no export makes nothing, and says where it is wrong", async () => {
  const count = async () => (await server.ok("GET", "/agents?limit=100")).data.length;
  const before = await count();
  await expect(run("import -", "agents:")).rejects.toThrow("This is no JSON");
  const good = { name: "Good", sub_agents: [{ name: "S", topics: ["t"], system_prompt: "p" }] };
  const file = (agents: object[]) => JSON.stringify({ format: "renus-agents", version: 1, agents });
  await expect(run("import -", file([good, { name: "" }]))).rejects.toThrow(/nothing was imported:\n {2}agents\.1\.name: /);
  await expect(run("import -", file([good, { name: "Bad", sub_agents: [{}] }]))).rejects.toThrow(/agents\.1\.sub_agents\.0\./);
  await expect(run("import - --client Nobody", file([good]))).rejects.toThrow("There is no company “Nobody”.");
  expect(await count()).toBe(before);
  await expect(run("export nobody")).rejects.toThrow("There is no agent “nobody”.");
});

test("the router is measured on what people have corrected", async () => {
  const agent = await server.createPublishedAgent({ name: "Shop" });
  const orders = await server.createSubAgent(agent.id, { name: "Orders", topics: ["delivery"], system_prompt: "o" });
  const prices = await server.createSubAgent(agent.id, { name: "Prices", topics: ["discount"], system_prompt: "p" });
  await expect(run(`eval ${agent.slug}`)).rejects.toThrow("There are no examples yet");
  const { conversation_id } = await server.createSession(agent.slug!);
  const examples = [
    ["When does my delivery come?", orders.id],
    ["Is the delivery insured?", orders.id],
    ["Do you give a discount?", prices.id],
    // Somebody meant prices, and the words say delivery.
    ["What does delivery cost?", prices.id],
  ] as const;
  await server.deps.db.as(SYSTEM, async (trx) => {
    for (const [index, [text, expected]] of examples.entries()) {
      const { id } = await trx
        .insertInto("messages")
        .values({
          conversation_id,
          client_id: agent.client_id,
          seq: index + 1,
          rev: index + 1,
          role: "assistant",
          content: "…",
        } as never)
        .returning("id")
        .executeTakeFirstOrThrow();
      await trx
        .insertInto("routing_examples")
        .values({ message_id: id, agent_id: agent.id, client_id: agent.client_id, text, expected_sub_agent_id: expected })
        .execute();
    }
  });
  const { code, out } = await run(`eval ${agent.slug} --min 75`);
  expect(code).toBe(0);
  expect(out).toMatch(/^ 100 % {2}2 of 2 +Orders$/m);
  expect(out).toMatch(/^ {2}50 % {2}1 of 2 +Prices$/m);
  expect(out).toMatch(/^ {2}75 % {2}3 of 4 +all$/m);
  expect(out).toMatch(/^ +1 × Prices → Orders$/m);
  expect(await run(`eval ${agent.slug} --min 76`)).toMatchObject({ code: 1, out: expect.stringContaining("below 76 %") });
  await expect(run(`eval ${agent.slug} --min high`)).rejects.toThrow("--min is a number");
});
