import { createHmac, generateKeyPairSync, randomBytes, randomUUID, sign as signBytes } from "node:crypto";
import { Writable } from "node:stream";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fingerprint } from "../bad-input/fingerprint.ts";
import { insertAgent, insertChat, type Chat } from "../support/chat.ts";
import { startTestServer, type TestServer, type TestUser } from "../support/server.ts";
import { openWs, type WsClient } from "../support/ws-client.ts";

/** Tokens that open nothing, by every way a token can come: all are refused with the same code in the same words. */

const SECRET = "a secret that only the tests know, long enough";
const REFUSAL = { code: "AUTH_ERROR", error: "Sign in to do this. The token is missing, wrong or expired." };
const now = () => Math.floor(Date.now() / 1000);

let server: TestServer;
let chat: Chat;
let user: TestUser;
let desk: WsClient;
let tab: WsClient;
let refreshToken: string;
const logged: string[] = [];

beforeAll(async () => {
  const sink = new Writable({
    write(chunk, _encoding, done) {
      logged.push(String(chunk));
      done();
    },
  });
  server = await startTestServer({
    log: pino({ level: "debug" }, sink),
    limits: { framesPerMinute: 1_000_000, invalidFramesMax: 1_000_000 },
  });
  const agent = await insertAgent(server.deps);
  chat = await insertChat(server.deps, agent);
  user = await server.createUser();
  refreshToken = (await server.signIn(user.email, user.password)).refresh_token;
  [tab, desk] = await Promise.all([openWs(server.url, { token: chat.token }), openWs(server.url, { token: user.token })]);
  await Promise.all([tab.take("connected"), desk.take("connected")]);
});
afterAll(async () => {
  await Promise.all([tab.close(), desk.close()]);
  await server.stop();
});

const encode = (value: unknown) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as Record<string, unknown>;
const hmac = (text: string, secret: string, hash = "sha256") => createHmac(hash, secret).update(text).digest("base64url");
function forge(header: unknown, payload: unknown, signature: (text: string) => string = (text) => hmac(text, SECRET)): string {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${signature(text)}`;
}
const HS256 = { alg: "HS256", typ: "JWT" };
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicPem = String(rsa.publicKey.export({ type: "spki", format: "pem" }));
const rs256 = (text: string) => signBytes("sha256", Buffer.from(text), rsa.privateKey).toString("base64url");
const jwk = rsa.publicKey.export({ format: "jwk" });

/** Made of a token that holds, so that nothing but the attack is wrong with it. */
const ATTACKS: Record<string, (valid: string) => string> = {
  "no algorithm": (valid) => forge({ alg: "none", typ: "JWT" }, claimsOf(valid), () => ""),
  "no algorithm, the old signature": (valid) =>
    `${encode({ alg: "none", typ: "JWT" })}.${valid.split(".")[1]}.${valid.split(".")[2]}`,
  "no algorithm, in other letters": (valid) => forge({ alg: "nOnE", typ: "JWT" }, claimsOf(valid), () => ""),
  "an algorithm that is empty": (valid) => forge({ alg: "", typ: "JWT" }, claimsOf(valid)),
  "an algorithm that is a list": (valid) => forge({ alg: ["HS256"], typ: "JWT" }, claimsOf(valid)),
  "no header": (valid) => `.${valid.split(".")[1]}.${valid.split(".")[2]}`,
  "HS512 with our secret": (valid) =>
    forge({ alg: "HS512", typ: "JWT" }, claimsOf(valid), (text) => hmac(text, SECRET, "sha512")),
  "RS256 of a key of one's own": (valid) => forge({ alg: "RS256", typ: "JWT" }, claimsOf(valid), rs256),
  "RS256 with that key in the header": (valid) => forge({ alg: "RS256", typ: "JWT", jwk }, claimsOf(valid), rs256),
  "HS256 with a key in the header": (valid) => {
    const own = randomBytes(32);
    return forge({ ...HS256, jwk: { kty: "oct", k: own.toString("base64url") } }, claimsOf(valid), (text) =>
      createHmac("sha256", own).update(text).digest("base64url"),
    );
  },
  "a public key as the secret": (valid) => forge(HS256, claimsOf(valid), (text) => hmac(text, publicPem)),
  "a key address": (valid) => forge({ alg: "RS256", typ: "JWT", jku: "http://127.0.0.1:9/keys" }, claimsOf(valid), rs256),
  "kid: a file that is empty": (valid) =>
    forge({ ...HS256, kid: "../../../../dev/null" }, claimsOf(valid), (text) => hmac(text, "")),
  "kid: SQL": (valid) => forge({ ...HS256, kid: "' union select 'x' --" }, claimsOf(valid), (text) => hmac(text, "x")),
  "an extension that must be understood": (valid) => forge({ ...HS256, crit: ["exp"] }, claimsOf(valid)),
  "no secret": (valid) => forge(HS256, claimsOf(valid), (text) => hmac(text, "")),
  "another secret": (valid) => forge(HS256, claimsOf(valid), (text) => hmac(text, `${SECRET}?`)),
  "the signature cut off": (valid) => valid.slice(0, valid.lastIndexOf(".") + 1),
  "the signature and its dot cut off": (valid) => valid.slice(0, valid.lastIndexOf(".")),
  "half of the signature": (valid) => valid.slice(0, -20),
  "a signature of zeros": (valid) => forge(HS256, claimsOf(valid), () => Buffer.alloc(32).toString("base64url")),
  "a fourth part": (valid) => `${valid}.${valid.split(".")[2]}`,
  "other claims under the old signature": (valid) =>
    [valid.split(".")[0], encode({ ...claimsOf(valid), sub: randomUUID() }), valid.split(".")[2]].join("."),
  "claims named twice under the old signature": (valid) => {
    const claims = JSON.stringify(claimsOf(valid));
    return [valid.split(".")[0], encode(`${claims.slice(0, -1)},"sub":"${randomUUID()}"}`), valid.split(".")[2]].join(".");
  },
  "an issuer that is not ours": (valid) => forge(HS256, { ...claimsOf(valid), iss: "https://evil.test" }),
  "no issuer": (valid) => forge(HS256, { ...claimsOf(valid), iss: undefined }),
  "an audience that is not ours": (valid) => forge(HS256, { ...claimsOf(valid), aud: "somewhere" }),
  "no audience": (valid) => forge(HS256, { ...claimsOf(valid), aud: undefined }),
  "the other kind's audience": (valid) => {
    const { aud } = claimsOf(valid);
    return forge(HS256, { ...claimsOf(valid), aud: aud === "authenticated" ? "renus:visitor" : "authenticated" });
  },
  "no subject": (valid) => forge(HS256, { ...claimsOf(valid), sub: undefined }),
  "a subject that is a list": (valid) => forge(HS256, { ...claimsOf(valid), sub: [claimsOf(valid)["sub"]] }),
  "a subject that is no id": (valid) => forge(HS256, { ...claimsOf(valid), sub: "' or 1=1 --" }),
  "not valid yet": (valid) => forge(HS256, { ...claimsOf(valid), nbf: now() + 3600 }),
  expired: (valid) => forge(HS256, { ...claimsOf(valid), iat: now() - 7200, exp: now() - 3600 - 31 * 24 * 3600 }),
  "no end": (valid) => forge(HS256, { ...claimsOf(valid), exp: undefined }),
  "an end that is text": (valid) => forge(HS256, { ...claimsOf(valid), exp: String(now() + 3600) }),
  "an end that is null": (valid) => forge(HS256, { ...claimsOf(valid), exp: null }),
  "an end that no date reaches": (valid) => forge(HS256, { ...claimsOf(valid), exp: 1e300 }),
  "an end beyond numbers": (valid) =>
    forge(HS256, JSON.stringify({ ...claimsOf(valid), exp: 0 }).replace('"exp":0', '"exp":1e999')),
  "claims that are a list": () => forge(HS256, []),
  "claims that are null": () => forge(HS256, "null"),
  "claims that are no JSON": () => forge(HS256, "{"),
  "claims that are no UTF-8": () =>
    `${encode(HS256)}.${Buffer.from([0xff, 0xfe]).toString("base64url")}.${hmac(`${encode(HS256)}.${Buffer.from([0xff, 0xfe]).toString("base64url")}`, SECRET)}`,
  "12,000 characters": (valid) => forge(HS256, { ...claimsOf(valid), padding: "x".repeat(9000), iss: "x" }),
  "9,000 dots": () => ".".repeat(9000),
  "no token at all": () => "x",
  "a refresh token": () => refreshToken,
};

/** Every way in that takes this kind; each gives the refusal's words as the caller reads them. */
type Way = (token: string) => Promise<{ code: unknown; error: unknown }>;
const wordsOf = ({ code, error }: { code?: unknown; error?: unknown }) => ({ code, error });
const overHttp =
  (method: string, path: string, where: "header" | "query", body?: unknown): Way =>
  async (token) => {
    const answer = await server.request(method, where === "query" ? `${path}?token=${encodeURIComponent(token)}` : path, {
      ...(where === "header" && { token }),
      ...(body !== undefined && { body }),
    });
    expect(answer.status).toBe(401);
    return wordsOf(answer.body);
  };
const overSocket =
  (options: (token: string) => object): Way =>
  async (token) => {
    const client = await openWs(server.url, options(token));
    const refusal = await client.take("error");
    expect((await client.closed).code).toBe(1008);
    expect(client.frames).toHaveLength(1);
    return wordsOf(refusal);
  };
const inBand =
  (client: () => WsClient): Way =>
  async (token) => {
    client().send({ type: "auth", token });
    return wordsOf(await client().take("error"));
  };
const SHARED: Record<string, Way> = {
  "a socket's subprotocol": overSocket((token) => ({ token })),
  "a socket's address": overSocket((token) => ({ protocols: ["renus.v1"], query: `token=${encodeURIComponent(token)}` })),
  "a plain socket's address": async (token) => {
    const refusal = await openWs(server.url, { token, isPlain: true }).then(
      () => expect.fail("it opened"),
      (err: { status: number; body: string }) => err,
    );
    expect(refusal.status).toBe(401);
    return wordsOf(JSON.parse(refusal.body) as object);
  },
  "events, in the header": overHttp("GET", "/public/events", "header"),
  "events, in the address": overHttp("GET", "/public/events", "query"),
  "a frame by POST": overHttp("POST", "/public/frames", "header", { type: "ping" }),
  "a frame by POST, in the address": overHttp("POST", "/public/frames", "query", { type: "ping" }),
};
const KINDS: Record<string, { valid: () => string; ways: Record<string, Way> }> = {
  "a person's": {
    valid: () => user.token,
    ways: { "the API": overHttp("GET", "/me", "header"), "an open socket": inBand(() => desk), ...SHARED },
  },
  "a visitor's": {
    valid: () => chat.token,
    ways: {
      "the refresh": overHttp("POST", "/public/sessions/refresh", "header"),
      identifying: overHttp("POST", "/public/sessions/identify", "header", { name: "Eve" }),
      "an open socket": inBand(() => tab),
      ...SHARED,
    },
  },
};

describe.each(Object.keys(KINDS))("a token like %s", (kind) => {
  const { valid, ways } = KINDS[kind]!;
  test.each(Object.keys(ATTACKS))("%s", async (attack) => {
    const token = ATTACKS[attack]!(valid());
    const refusals = await Promise.all(Object.values(ways).map((way) => way(token)));
    expect(Object.fromEntries(Object.keys(ways).map((way, index) => [way, refusals[index]]))).toEqual(
      Object.fromEntries(Object.keys(ways).map((way) => [way, REFUSAL])),
    );
  });

  test("the one that they are made of opens all of them", async () => {
    const client = await openWs(server.url, { token: valid() });
    await client.take("connected");
    client.send({ type: "auth", token: valid() });
    await client.settle();
    expect(client.all("error")).toEqual([]);
    await client.close();
  });
});

test("one kind's token is not the other's", async () => {
  expect(await overHttp("GET", "/me", "header")(chat.token)).toEqual(REFUSAL);
  expect(await overHttp("POST", "/public/sessions/refresh", "header")(user.token)).toEqual(REFUSAL);
  // An open socket keeps its person: somebody else's good token is refused as such.
  for (const [client, token] of [
    [tab, user.token],
    [desk, chat.token],
  ] as const) {
    client.send({ type: "auth", token });
    expect(await client.take("error")).toMatchObject({ code: "AUTH_ERROR" });
  }
});

test("tokens that fit into no header are refused before anything reads them, and in band like all others", async () => {
  const huge = `${"A".repeat(30_000)}.A.A`;
  const { status } = await server.request("GET", "/me", { token: huge });
  expect(status).toBe(431);
  await expect(openWs(server.url, { protocols: ["renus.v1", `renus.bearer.${huge}`] })).rejects.toMatchObject({ status: 431 });
  expect(await inBand(() => tab)(huge)).toEqual(REFUSAL);
});

test("nothing was changed, nothing failed, and no token stands in the log", async () => {
  const before = await fingerprint(server.deps.db);
  for (const attack of Object.values(ATTACKS)) {
    const token = attack(chat.token);
    await server.request("POST", "/public/frames", { token, body: { type: "presence", status: "away" } });
  }
  expect(await fingerprint(server.deps.db)).toEqual(before);
  const log = logged.join("");
  expect(logged.map((line) => (JSON.parse(line) as { level: number }).level).filter((level) => level >= 40)).toEqual([]);
  expect(log).not.toContain(chat.token.split(".")[2]);
  expect(log).not.toContain(user.token.split(".")[2]);
  expect(log).not.toContain(encode(HS256));
});
