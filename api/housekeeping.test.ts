import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createMemoryBus } from "./bus/memory.ts";
import type { Database } from "./db/database.ts";
import { startHousekeeping } from "./housekeeping.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const lines: { level: number; msg: string }[] = [];
const log = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });

test("a minute after the start and each hour, also after it failed, and no more once the server stops", async () => {
  let asked = 0;
  const as = async () => {
    asked++;
    throw new Error("the database is away");
  };
  const housekeeping = startHousekeeping({ db: { as } as unknown as Database, bus: createMemoryBus(), log });
  await vi.advanceTimersByTimeAsync(59_000);
  expect(asked).toBe(0);
  await vi.advanceTimersByTimeAsync(2000);
  const once = asked;
  expect(once).toBeGreaterThan(0);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(asked).toBe(2 * once);
  expect(lines.at(-1)).toMatchObject({ level: 40, msg: "what was kept long enough could not be deleted" });
  await housekeeping.stop();
  await vi.advanceTimersByTimeAsync(7_200_000);
  expect(asked).toBe(2 * once);
});
