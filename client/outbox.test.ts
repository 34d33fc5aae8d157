import { expect, test } from "vitest";
import { createOutbox, type OutboxEntry } from "./outbox.ts";
import { openStorage, type StorageArea } from "./storage.ts";

function memoryArea(): StorageArea {
  const map = new Map<string, string>();
  return {
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: (key) => void map.delete(key),
  };
}
const entry = (id: string, content = id): OutboxEntry => ({
  client_message_id: id,
  conversation_id: "c",
  content,
  created_at: "2026-01-01T00:00:00.000Z",
  error: null,
});

test("what was written survives a reload, in order, under the same ids", () => {
  const area = memoryArea();
  const before = createOutbox(
    openStorage(() => area),
    "k",
  );
  before.add(entry("a"));
  before.add(entry("b"));
  before.mark("a", "too long");
  const after = createOutbox(
    openStorage(() => area),
    "k",
  );
  expect(after.list("c").map((one) => [one.client_message_id, one.error])).toEqual([
    ["a", "too long"],
    ["b", null],
  ]);
  expect(after.list("other")).toEqual([]);
});

test("confirming twice, or something unknown, changes nothing else", () => {
  const area = memoryArea();
  const outbox = createOutbox(
    openStorage(() => area),
    "k",
  );
  outbox.add(entry("a"));
  outbox.add(entry("b"));
  outbox.confirm("a");
  outbox.confirm("a");
  outbox.confirm("zzz");
  expect(outbox.list("c").map((one) => one.client_message_id)).toEqual(["b"]);
});

test("two tabs on one storage do not lose each other's messages", () => {
  const area = memoryArea();
  const one = createOutbox(
    openStorage(() => area),
    "k",
  );
  const two = createOutbox(
    openStorage(() => area),
    "k",
  );
  one.add(entry("a"));
  two.add(entry("b"));
  one.confirm("a");
  expect(one.list("c").map((each) => each.client_message_id)).toEqual(["b"]);
});

test.each([
  [
    "throws on access",
    () => {
      throw new Error("SecurityError");
    },
  ],
  ["is missing", () => undefined],
  [
    "is full",
    () => ({
      ...memoryArea(),
      setItem: () => {
        throw new Error("QuotaExceededError");
      },
    }),
  ],
] as [string, () => StorageArea | undefined][])("works for the page's life when storage %s", (_name, area) => {
  const outbox = createOutbox(openStorage(area), "k");
  outbox.add(entry("a"));
  expect(outbox.list("c")).toHaveLength(1);
});

test("somebody else's rubbish under the key is ignored", () => {
  const area = memoryArea();
  for (const rubbish of ["{", "null", "[1,null,{}]", '"x"']) {
    area.setItem("k", rubbish);
    expect(
      createOutbox(
        openStorage(() => area),
        "k",
      ).list("c"),
    ).toEqual([]);
  }
});
