import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../../tests/support/server.ts";
import { seedDemo } from "./seed-demo.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await seedDemo(server.deps);
});
afterAll(() => server.stop());

test("the demonstration can be talked to at once", async () => {
  const profile = await server.ok("GET", "/public/agents/demo", { token: null });
  expect(profile.greeting).toBeTruthy();
  expect(profile.starters).toHaveLength(4);
  expect((await server.createSession("demo")).agent.slug).toBe("demo");
});

test.each([
  ["Which bike suits a 12 km commute?", "Bike advisor", "Finch"],
  ["How long does delivery take?", "Orders and delivery", "10 working days"],
  ["Can I return a bike I have ridden?", "Orders and delivery", "30 days"],
  ["My brakes squeal. What can I do?", "Workshop", "pads"],
  ["When is the shop open?", "Larkwheel Bikes", "18:00"],
])("%s is answered by %s", async (message, name, fact) => {
  const { data } = await server.ok("GET", "/agents?q=larkwheel");
  const { reply, trace } = await server.ok("POST", `/agents/wizard/${data[0].id}/sandbox`, { body: { message } });
  expect(trace.chosen.name).toBe(name);
  expect(reply).toContain(fact);
});

test("a second start adds nothing", async () => {
  expect(await seedDemo(server.deps)).toBe(false);
  expect((await server.ok("GET", "/agents")).data).toHaveLength(1);
});
