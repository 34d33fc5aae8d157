import { test } from "vitest";
import { killMidReply } from "./support/kill-scenario.ts";

test("a server killed in mid-reply keeps what it acknowledged and replies once: embedded database", { timeout: 120_000 }, () =>
  killMidReply({}),
);
