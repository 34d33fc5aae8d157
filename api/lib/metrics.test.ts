import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { countReceived, createMetrics } from "./metrics.ts";

const read = async (metrics = createMetrics({ withProcess: false })) => (await metrics.read()).body;

test("docs/metrics.md has every metric by its name and type, and no other", async () => {
  const docs = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8");
  const documented = [...docs.matchAll(/^\| `(renus_\w+)` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`);
  const told = [...(await read()).matchAll(/^# TYPE (renus_\w+ \w+)$/gm)].map(([, metric]) => metric);
  expect(told.length).toBeGreaterThan(15);
  expect(documented.toSorted()).toEqual(told.toSorted());
});

test("plain numbers are told as they are, however often somebody asks", async () => {
  const metrics = createMetrics({ withProcess: false });
  countReceived(metrics.traffic, "message");
  countReceived(metrics.traffic, "message");
  metrics.traffic.sent += 3;
  metrics.traffic.dropped.typing++;
  let bytes = 7;
  metrics.measure("bufferedBytes", () => bytes);
  await read(metrics);
  bytes = 5;
  const body = await read(metrics);
  for (const line of [
    'renus_frames_received_total{type="message"} 2',
    "renus_frames_sent_total 3",
    'renus_frames_dropped_total{type="typing"} 1',
    "renus_socket_buffered_bytes 5",
    "renus_replies_running 0",
  ])
    expect(body).toContain(`\n${line}\n`);
});

test("a close code that a peer made up gets no label of its own", async () => {
  const metrics = createMetrics({ withProcess: false });
  for (const code of [1000, 1013, 3000, 4999]) metrics.socketClosed(code);
  const body = await read(metrics);
  expect(body.match(/^renus_socket_closes_total.*$/gm)).toEqual([
    'renus_socket_closes_total{code="1000"} 1',
    'renus_socket_closes_total{code="1013"} 1',
    'renus_socket_closes_total{code="other"} 2',
  ]);
});
