import { expect, test } from "vitest";
import type { UserActor } from "../../db/actor.ts";
import { createVerifiedTokens } from "./verified-tokens.ts";

const actor = (userId: string, sessionId: string): UserActor => ({
  kind: "user",
  user_id: userId,
  role: "admin",
  client_id: null,
  email: "a@example.com",
  name: null,
  session_id: sessionId,
});

test("a token is remembered for half a minute, and never beyond its end", () => {
  let now = 1_000_000;
  const tokens = createVerifiedTokens(() => now);
  tokens.learning()("long", { actor: actor("u", "s"), expires_at: 9_999 });
  tokens.learning()("short", { actor: actor("u", "s"), expires_at: 1_010 });
  now += 9_999;
  expect(tokens.get("short")).not.toBeNull();
  now += 1;
  expect(tokens.get("short")).toBeNull();
  now += 19_999;
  expect(tokens.get("long")?.actor.user_id).toBe("u");
  now += 1;
  expect(tokens.get("long")).toBeNull();
});

test("forgetting names a sign-in or a whole person", () => {
  const tokens = createVerifiedTokens();
  const expires_at = Date.now() / 1000 + 600;
  for (const [user, session] of [
    ["u", "1"],
    ["u", "2"],
    ["v", "3"],
  ] as const) {
    tokens.learning()(`${user}${session}`, { actor: actor(user, session), expires_at });
  }
  tokens.forget("u", "1");
  expect(["u1", "u2", "v3"].map((token) => tokens.get(token) !== null)).toEqual([false, true, true]);
  tokens.forget("u", null);
  expect(["u1", "u2", "v3"].map((token) => tokens.get(token) !== null)).toEqual([false, false, true]);
});

test("what was asked before a sign-out and answered after it is not remembered", () => {
  const tokens = createVerifiedTokens();
  const keep = tokens.learning();
  tokens.forget("u", null);
  keep("token", { actor: actor("u", "s"), expires_at: Date.now() / 1000 + 600 });
  expect(tokens.get("token")).toBeNull();
});

test("memory is bounded: the least recently used goes first", () => {
  const tokens = createVerifiedTokens();
  const expires_at = Date.now() / 1000 + 600;
  for (let n = 0; n < 5000; n++) tokens.learning()(`t${n}`, { actor: actor("u", "s"), expires_at });
  expect(tokens.get("t0")).not.toBeNull();
  tokens.learning()("one more", { actor: actor("u", "s"), expires_at });
  expect(tokens.get("t1")).toBeNull();
  expect(tokens.get("t0")).not.toBeNull();
});
