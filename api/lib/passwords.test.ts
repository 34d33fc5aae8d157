import { expect, test } from "vitest";
import { generatePassword, hashPassword, verifyPassword } from "./passwords.ts";

test("a password opens its own hash and no other", async () => {
  const [hash, again] = await Promise.all([hashPassword("päss wörd 🍞"), hashPassword("päss wörd 🍞")]);
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(hash).not.toBe(again);
  expect(await verifyPassword("päss wörd 🍞", hash)).toBe(true);
  expect(await verifyPassword("päss wörd", hash)).toBe(false);
  expect(await verifyPassword("", hash)).toBe(false);
});

test("reads what the reference implementation wrote", async () => {
  // From test.c of the reference implementation, github.com/P-H-C/phc-winner-argon2.
  const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  expect(await verifyPassword("password", hash)).toBe(true);
  expect(await verifyPassword("differentpassword", hash)).toBe(false);
});

test("an unknown account and a foreign hash take as long as a wrong password", async () => {
  const hash = await hashPassword("secret");
  // Of the processor, not of the clock: a busy machine makes anything take long.
  const millis = async (phc: string | null) => {
    const before = process.cpuUsage();
    expect(await verifyPassword("wrong", phc)).toBe(false);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  await millis(hash);
  let wrong = Infinity;
  for (const phc of [null, "", "$2b$10$abcdefghijklmnopqrstuv", "$argon2id$v=19$m=1,t=1,p=1$x$y"]) {
    let other = Infinity;
    // What other tests of this process take counts as well; the least of some is without.
    for (let tries = 0; tries < 3 || (other <= wrong / 2 && tries < 20); tries++) {
      wrong = Math.min(wrong, await millis(hash));
      other = Math.min(other, await millis(phc));
    }
    expect(other).toBeGreaterThan(wrong / 2);
  }
});

test("a flood of passwords is refused instead of filling the memory", async () => {
  const answers = await Promise.allSettled(
    Array.from({ length: 80 }, () =>
      verifyPassword("x", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"),
    ),
  );
  const refused = answers.filter((answer) => answer.status === "rejected");
  expect(refused).toHaveLength(14);
  expect(refused[0]).toMatchObject({ reason: { code: "RATE_LIMITED" } });
  expect(await verifyPassword("x", await hashPassword("x"))).toBe(true);
});

test("generated passwords differ and have no look-alikes", () => {
  const passwords = Array.from({ length: 200 }, generatePassword);
  expect(new Set(passwords).size).toBe(200);
  for (const password of passwords) expect(password).toMatch(/^[a-km-zA-HJ-NP-Z2-9]{20}$/);
});
