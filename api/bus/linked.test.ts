import { afterEach, expect, test, vi } from "vitest";
import { createLinkedBus, type BusLinkEvents } from "./linked.ts";

afterEach(() => vi.useRealTimers());

test("how long a packet takes to come back is measured, one packet at a time, and what is for one node alone never", async () => {
  vi.useFakeTimers({ toFake: ["performance", "setInterval", "clearInterval"] });
  const sent: string[] = [];
  const lags: number[] = [];
  let events!: BusLinkEvents;
  const link = {
    payloadBytesMax: 10_000,
    isUp: true,
    send: async (parcels: readonly { payloads: readonly string[] }[]) =>
      void sent.push(...parcels.flatMap((one) => one.payloads)),
    renew() {},
    close: async () => {},
  };
  const bus = await createLinkedBus(
    async (_node, heard) => {
      events = heard;
      return link;
    },
    { positionMs: 5000, onEcho: (seconds) => lags.push(seconds) },
  );
  // Not `vi.waitFor`, which moves the clock.
  const handedOver = () => new Promise((resolve) => setImmediate(resolve));
  const publish = async (count: number) => {
    bus.publish({ topic: "who" });
    await handedOver();
    expect(sent).toHaveLength(count);
  };

  bus.send("another", { topic: "who" });
  await handedOver();
  await publish(2);
  vi.advanceTimersByTime(200);
  await publish(3);
  vi.advanceTimersByTime(50);
  events.onPayload(sent[1]!);
  expect(lags).toEqual([0.25]);
  // Sent while the first was on its way: not timed.
  events.onPayload(sent[2]!);
  expect(lags).toHaveLength(1);

  await publish(4);
  vi.advanceTimersByTime(1000);
  await publish(5);
  // The one that was timed is lost: the next one ends the wait.
  events.onPayload(sent[4]!);
  expect(lags).toEqual([0.25, 1]);
  await bus.close();
});
