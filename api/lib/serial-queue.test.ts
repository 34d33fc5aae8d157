import { expect, it } from "vitest";
import { createSerialQueue } from "./serial-queue.ts";

it("runs one task after another in the order they were pushed, however long each takes", async () => {
  const queue = createSerialQueue(() => {});
  const log: string[] = [];
  for (const [index, ticks] of [5, 0, 2].entries()) {
    queue.push(async () => {
      log.push(`start ${index}`);
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
      log.push(`end ${index}`);
    });
  }
  queue.push(() => void log.push("plain"));
  expect(queue.length).toBe(4);
  await queue.idle();
  expect(log).toEqual(["start 0", "end 0", "start 1", "end 1", "start 2", "end 2", "plain"]);
  expect(queue.length).toBe(0);
});

it("hands a throw on and goes on with the next task", async () => {
  const errors: unknown[] = [];
  const queue = createSerialQueue((err) => errors.push(err));
  const ran: number[] = [];
  queue.push(() => {
    throw new Error("sync");
  });
  queue.push(() => Promise.reject(new Error("async")));
  queue.push(() => void ran.push(1));
  await queue.idle();
  queue.push(() => void ran.push(2));
  await queue.idle();
  expect(errors).toMatchObject([{ message: "sync" }, { message: "async" }]);
  expect(ran).toEqual([1, 2]);
});

it("runs what a task pushes after what waits already", async () => {
  const queue = createSerialQueue(() => {});
  const ran: string[] = [];
  queue.push(async () => {
    await Promise.resolve();
    ran.push("first");
    queue.push(() => void ran.push("pushed within"));
  });
  queue.push(() => void ran.push("second"));
  await queue.idle();
  expect(ran).toEqual(["first", "second", "pushed within"]);
});

it("runs a task that finds it idle at once", () => {
  const queue = createSerialQueue(() => {});
  const ran: string[] = [];
  queue.push(() => {
    queue.push(() => void ran.push("after it"));
    ran.push("at once");
  });
  expect(ran).toEqual(["at once", "after it"]);
});
