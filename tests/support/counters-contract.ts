import { afterAll, beforeAll, expect, test } from "vitest";
import type { Counters } from "../../api/counters/counters.ts";

/** What counters promise when two nodes share them. `open` is called for each node. */
export function describeCounters(open: () => Promise<Counters>): void {
  let nodes: [Counters, Counters];
  beforeAll(async () => {
    nodes = [await open(), await open()];
  });
  afterAll(() => Promise.all(nodes.map((node) => node.close())));

  test("every addition is counted once, whichever node it comes by, and each is told another sum", async () => {
    const counts = await Promise.all(Array.from({ length: 60 }, (_, n) => nodes[n % 2]!.add("a", 1, 60_000)));
    expect(counts.map(({ points }) => points).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
    for (const { endsInMs } of counts) {
      expect(endsInMs).toBeGreaterThan(30_000);
      expect(endsInMs).toBeLessThanOrEqual(60_000);
    }
    expect((await nodes[1].get("a"))!.points).toBe(60);
  });

  test("keys are apart, can be given back and forgotten, and end with their window", async () => {
    await nodes[0].add("b", 5, 60_000);
    expect((await nodes[1].add("b", -2, 60_000)).points).toBe(3);
    expect(await nodes[1].get("c")).toBeNull();
    await nodes[1].delete("b");
    expect(await nodes[0].get("b")).toBeNull();
    await nodes[0].add("d", 7, 1000);
    await expect.poll(() => nodes[1].get("d"), { timeout: 5000 }).toBeNull();
    expect((await nodes[1].add("d", 1, 60_000)).points).toBe(1);
  });
}
