import { describe, expect, test } from "vitest";
import { openDefaultDatabase } from "../../tests/support/default-database.ts";
import { shownText, until, useReplies } from "../../tests/support/replies.ts";
import { createScriptedModel } from "../llm/scripted.ts";

const suite = useReplies(openDefaultDatabase);
const SHIPPING = { name: "Shipping desk", topics: ["shipping", "delivery times"], system_prompt: "Only about parcels." };
const RETURNS = { name: "Returns desk", topics: ["returns", "refunds"], system_prompt: "Only about refunds." };

const newest = (request: { user: string }) => (JSON.parse(request.user) as { newest_message: string }).newest_message;

describe("a reply", () => {
  test("streams, is stored in order and tells everyone", async () => {
    await suite.start();
    const conversation = await suite.world.createConversation(await suite.world.createAgent());
    suite.server.behave(() => ({ text: "We open at nine and close at six.", chunkDelayMs: 5 }));
    await conversation.say("When are you open?");
    const reply = await conversation.reply();
    expect(reply).toMatchObject({ seq: 2, status: "complete", content: "We open at nine and close at six.", attempt: 1 });
    await until(() => conversation.frames().some((frame) => frame.type === "conversation"));
    const frames = conversation.frames();
    const kinds = frames.map((frame) => frame.type).filter((type, index, all) => type !== all[index - 1]);
    expect(kinds).toEqual(["message", "typing", "stream_start", "delta", "message", "stream_end", "conversation"]);
    expect(shownText(frames, reply.id)).toBe(reply.content);
    const started = frames.find((frame) => frame.type === "stream_start")!;
    expect(started).toMatchObject({
      attempt: 1,
      message: { content: "", status: "streaming", sender: { kind: "assistant", name: "Main" } },
    });
    expect(frames.find((frame) => frame.type === "stream_end")).toMatchObject({
      length: reply.content.length,
      status: "complete",
      rev: reply.rev,
    });
    expect(await conversation.jobs()).toMatchObject([{ status: "complete", message_id: reply.id }]);
    expect(await conversation.trace(reply.id)).toMatchObject({
      method: "no_candidates",
      tokens: { prompt: 42, completion: 8 },
      model: "test-model",
    });
  });

  test("comes from the scripted model without any server", async () => {
    await suite.start({}, createScriptedModel({ wordDelayMs: 0 }));
    const conversation = await suite.world.createConversation(
      await suite.world.createAgent({
        name: "Corner shop",
        description: "We sell running shoes.",
        subAgents: [{ ...SHIPPING, knowledge_base: { text: "Parcels leave at noon. Delivery takes three days." } }],
      }),
    );
    await conversation.say("How long does shipping take? Delivery by Friday?");
    const reply = await conversation.reply();
    expect(reply.status).toBe("complete");
    expect(reply.content).toContain("Delivery takes three days.");
    expect(reply.content).toMatch(/demonstration/i);
  });
});

describe("routing", () => {
  test("a message on a specialist's topic gets that specialist's prompt, another the main agent's", async () => {
    await suite.start();
    const agent = await suite.world.createAgent({ subAgents: [SHIPPING, RETURNS] });
    const conversation = await suite.world.createConversation(agent);
    suite.server.behave((request) =>
      request.isRouting ? { text: JSON.stringify({ topic: newest(request).includes("broken") ? "returns" : "none" }) } : {},
    );

    await conversation.say("My lamp arrived broken, what now?");
    const first = await conversation.reply(1);
    expect(suite.server.replies[0]!.system).toContain("Only about refunds.");
    expect(suite.server.replies[0]!.system).not.toContain("You are the main agent.");
    expect(first).toMatchObject({ sender_id: agent.subAgents[1]!.id, sender_name: "Returns desk" });
    expect(await conversation.trace(first.id)).toMatchObject({
      method: "model",
      topic: "returns",
      chosen: { kind: "sub_agent", id: agent.subAgents[1]!.id },
      candidates: [{ topics: SHIPPING.topics }, { topics: RETURNS.topics }],
      error: null,
    });
    expect(await conversation.subAgentId()).toBe(agent.subAgents[1]!.id);

    await conversation.say("Do you sell gift cards?");
    const second = await conversation.reply(2);
    expect(suite.server.replies[1]!.system).toContain("You are the main agent.");
    expect(await conversation.trace(second.id)).toMatchObject({
      method: "model",
      topic: "none",
      chosen: { kind: "agent", id: agent.id },
    });
    expect(await conversation.subAgentId()).toBeNull();
  });
});
