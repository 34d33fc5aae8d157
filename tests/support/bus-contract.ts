import { randomUUID } from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import type { Bus, BusEvent } from "../../api/bus/bus.ts";

const job = (id: string): BusEvent => ({ topic: "jobs", conversation_id: id });
const frame = (text: string): BusEvent => ({
  topic: "frame",
  client_id: "client",
  conversation_id: "conversation",
  frame: { type: "delta", message_id: "message", conversation_id: "conversation", attempt: 1, from: 0, text },
});

/** What every bus promises. `open` gives one more node on the same installation. */
export function busContract(options: { open: () => Promise<Bus>; hasManyNodes: boolean }): void {
  const buses: Bus[] = [];
  const node = async () => {
    const bus = await options.open();
    buses.push(bus);
    return bus;
  };
  /** Collects what a node hears. */
  const ear = (bus: Bus) => {
    const heard: BusEvent[] = [];
    bus.subscribe((event) => heard.push(event));
    return heard;
  };
  /** The same with who said it. */
  const earWithNames = (bus: Bus) => {
    const heard: [string, BusEvent][] = [];
    bus.subscribe((event, from) => heard.push([from, event]));
    return heard;
  };
  const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });

  afterEach(async () => {
    await Promise.all(buses.splice(0).map((bus) => bus.close()));
  });

  test("a node hears its own events once and at once", async () => {
    const bus = await node();
    const heard = ear(bus);
    bus.publish(job("a"), job("b"));
    expect(heard).toEqual([job("a"), job("b")]);
    // The link may bring them back: by the time a later round trip is over they would be here.
    const last = randomUUID();
    bus.publish(job(last));
    if (options.hasManyNodes) {
      const other = await node();
      const answer = ear(bus);
      other.publish(job("echo"));
      await until(() => expect(answer).toContainEqual(job("echo")));
    }
    expect(heard.filter((event) => event.topic === "jobs" && event.conversation_id !== "echo")).toEqual([
      job("a"),
      job("b"),
      job(last),
    ]);
  });

  test("listeners hear the same order, also when one of them publishes", async () => {
    const bus = await node();
    bus.subscribe((event) => {
      if (event.topic === "jobs" && event.conversation_id === "first") bus.publish(job("second"));
    });
    const heard = ear(bus);
    bus.publish(job("first"), job("third"));
    expect(heard).toEqual([job("first"), job("third"), job("second")]);
  });

  test("who has stopped listening hears nothing, the others still do", async () => {
    const bus = await node();
    const heard: BusEvent[] = [];
    const stop = bus.subscribe((event) => heard.push(event));
    const others = ear(bus);
    stop();
    bus.publish(job("a"));
    expect(heard).toEqual([]);
    expect(others).toEqual([job("a")]);
  });

  test("a listener that throws harms neither the publisher nor the others", async () => {
    const bus = await node();
    const warnings: string[] = [];
    const hear = (warning: Error) => void warnings.push(warning.message);
    process.on("warning", hear);
    bus.subscribe(() => {
      throw new Error("a listener's fault");
    });
    const heard = ear(bus);
    bus.publish(job("a"));
    expect(heard).toEqual([job("a")]);
    await vi.waitFor(() => expect(warnings).toContain("a listener's fault"));
    process.off("warning", hear);
  });

  test("nothing is heard after close, and closing twice is harmless", async () => {
    const bus = await node();
    const heard = ear(bus);
    await bus.close();
    await bus.close();
    bus.publish(job("a"));
    expect(heard).toEqual([]);
  });

  test("a node is named in what it says, also to itself; each has a name of its own", async () => {
    const [bus, other] = [await node(), await node()];
    const heard = earWithNames(bus);
    bus.publish(job("a"));
    expect(heard).toEqual([[bus.node, job("a")]]);
    expect(other.node).not.toBe(bus.node);
  });

  test("who is alone may send and route to others all the same", async () => {
    const bus = await node();
    const heard = ear(bus);
    bus.route(() => []);
    bus.send("0123456789abcdef", job("for somebody who left"));
    bus.publish(job("for nobody else"));
    expect(heard).toEqual([job("for nobody else")]);
  });

  if (!options.hasManyNodes) return;

  test("what is for one node is heard there alone, in order with what is for all", async () => {
    const [from, to, other] = [await node(), await node(), await node()];
    const [heard, overheard] = [earWithNames(to), ear(other)];
    const said: BusEvent[] = [];
    const shared: BusEvent[] = [];
    for (let i = 0; i < 300; i++) {
      const event = job(String(i));
      said.push(event);
      if (i % 3 === 0) from.send(to.node, event);
      else {
        from.publish(event);
        shared.push(event);
      }
      if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => expect(heard.length).toBeGreaterThanOrEqual(300));
    await until(() => expect(overheard.length).toBeGreaterThanOrEqual(200));
    expect(heard).toEqual(said.map((event) => [from.node, event]));
    expect(overheard).toEqual(shared);
  });

  test("what is routed goes to the nodes that were chosen, and to its own listeners in any case", async () => {
    const [from, to, other] = [await node(), await node(), await node()];
    const [own, heard, overheard] = [ear(from), ear(to), ear(other)];
    from.route((event) => (event.topic === "frame" ? [to.node] : null));
    from.publish(frame("a"), job("b"), frame("c"), frame("d"), job("e"));
    await until(() => expect(overheard).toHaveLength(2));
    await until(() => expect(heard).toHaveLength(5));
    expect(own).toEqual([frame("a"), job("b"), frame("c"), frame("d"), job("e")]);
    expect(heard).toEqual(own);
    expect(overheard).toEqual([job("b"), job("e")]);
  });

  test("every node hears 3,000 events of three publishers once, each publisher's in order", async () => {
    const nodes = [await node(), await node(), await node()];
    const ears = nodes.map(ear);
    for (let i = 0; i < 1000; i++) {
      nodes.forEach((bus, from) => bus.publish(job(`${from}:${i}`)));
      // Lets packets leave in between, as in life.
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    for (const heard of ears) {
      await until(() => expect(heard.length).toBeGreaterThanOrEqual(3000));
      expect(heard).toHaveLength(3000);
      for (const from of [0, 1, 2]) {
        const own = heard.flatMap((event) =>
          event.topic === "jobs" && event.conversation_id.startsWith(`${from}:`) ? [event.conversation_id] : [],
        );
        expect(own).toEqual(Array.from({ length: 1000 }, (_, i) => `${from}:${i}`));
      }
    }
  });

  test("long and odd texts arrive unchanged", async () => {
    const [from, to] = [await node(), await node()];
    const heard = ear(to);
    const texts = [
      "x".repeat(7890),
      "ü".repeat(30_000),
      "👩‍👩‍👧‍👦".repeat(5000),
      "\u0000\u0001\n'\"\\ $1 %s \u2028",
      "\ud800 half a character",
      "مرحبا שלום",
      "",
    ];
    for (const text of texts) from.publish(frame(text));
    await until(() => expect(heard).toHaveLength(texts.length));
    expect(heard).toEqual(texts.map(frame));
  });
}
