import { expect, test } from "vitest";
import { isSealed, open, seal, SealError } from "./sealed.ts";

const SECRET = "a secret of the server, long enough for it";
const TEXT = "whsec_ação 🙂";

test("what was sealed is opened with the same secret for the same purpose, and is not to be read before", () => {
  const sealed = seal(SECRET, "webhook of a", TEXT);
  expect(isSealed(sealed)).toBe(true);
  expect(Buffer.from(sealed.slice("sealed:".length), "base64url").includes("whsec")).toBe(false);
  expect(open(SECRET, "webhook of a", sealed)).toBe(TEXT);
  expect(open(SECRET, "webhook of a", seal(SECRET, "webhook of a", ""))).toBe("");
});

test("the same text is never sealed alike", () => {
  expect(seal(SECRET, "p", TEXT)).not.toBe(seal(SECRET, "p", TEXT));
});

test("another secret, another purpose, each changed byte and each shortening are refused", () => {
  const sealed = seal(SECRET, "p", TEXT);
  expect(() => open(`${SECRET}!`, "p", sealed)).toThrow(SealError);
  expect(() => open(SECRET, "q", sealed)).toThrow(SealError);
  const bytes = Buffer.from(sealed.slice("sealed:".length), "base64url");
  for (let i = 0; i < bytes.length; i++) {
    const changed = Buffer.from(bytes);
    changed[i]! ^= 1;
    expect(() => open(SECRET, "p", `sealed:${changed.toString("base64url")}`), `byte ${i}`).toThrow(SealError);
    expect(() => open(SECRET, "p", `sealed:${bytes.subarray(0, i).toString("base64url")}`), `${i} bytes`).toThrow(SealError);
  }
});

test("what stood there before seals is read as it is", () => {
  expect(open(SECRET, "p", "plain-secret_of-former-days")).toBe("plain-secret_of-former-days");
});

test("the words of a refusal hold nothing of the secret or of what was sealed", () => {
  const sealed = seal(SECRET, "p", TEXT);
  try {
    open("another secret of another server, long", "p", sealed);
    expect.unreachable();
  } catch (err) {
    expect((err as Error).message).toContain("JWT_SECRET");
    expect((err as Error).message).not.toContain(sealed.slice(7, 27));
  }
});
