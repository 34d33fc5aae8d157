import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { rateLimited } from "../errors.ts";

/** argon2id as OWASP's password storage sheet asks for: 19 MiB, two passes, one lane. About 70 ms of one core. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const PARALLEL_MAX = 2;
const WAITING_MAX = 64;

// Each hash takes 19 MiB and a thread of libuv's pool of four, which file and name look-ups need as well.
let running = 0;
const waiting: (() => void)[] = [];
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= PARALLEL_MAX) {
    if (waiting.length >= WAITING_MAX)
      throw rateLimited(5000, "Too many passwords are being checked at this moment. Please try again.");
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    running++;
  }
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

interface Cost {
  memory: number;
  passes: number;
  parallelism: number;
}

function derive(password: string, salt: Buffer, cost: Cost, tagLength: number): Promise<Buffer> {
  return inTurn(
    () =>
      new Promise((resolve, reject) => {
        argon2("argon2id", { message: password, nonce: salt, tagLength, ...cost }, (err, tag) =>
          err ? reject(err) : resolve(tag),
        );
      }),
  );
}

const base64 = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");

/** PHC string, `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. Throws RATE_LIMITED when too many wait. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const tag = await derive(password, salt, COST, 32);
  return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${base64(salt)}$${base64(tag)}`;
}

const PHC = /^\$argon2id\$v=19\$m=(\d{1,6}),t=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;
// Of no password at all. Checked where there is no account, so that the time taken does not tell.
const DUMMY = `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${base64(randomBytes(16))}$${base64(randomBytes(32))}`;

/** False for a wrong password, an unknown account (`null`) and a hash that is not argon2id, all in the same time. Throws RATE_LIMITED. */
export async function verifyPassword(password: string, phc: string | null): Promise<boolean> {
  const match = PHC.exec(phc ?? "");
  const [, memory, passes, parallelism, salt, tag] = match ?? PHC.exec(DUMMY)!;
  const expected = Buffer.from(tag!, "base64");
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const actual = await derive(password, Buffer.from(salt!, "base64"), cost, expected.length);
  return timingSafeEqual(actual, expected) && match !== null;
}

/** 20 characters without look-alikes, about 115 bits. */
export function generatePassword(): string {
  const alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  let password = "";
  // Bytes from 224 on would favour the first letters.
  while (password.length < 20)
    for (const byte of randomBytes(32)) if (byte < 224 && password.length < 20) password += alphabet[byte % 56];
  return password;
}
