import type { lookup } from "node:dns";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isLoopbackUrl, isPublicAddress, postOutgoing, refusalOf } from "./outgoing.ts";

test.each([
  "0.0.0.0",
  "0.1.2.3",
  "10.0.0.1",
  "100.64.0.1",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.170",
  "192.0.2.1",
  "192.168.1.1",
  "198.18.0.1",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:8.8.8.8",
  "::ffff:a00:1",
  "::127.0.0.1",
  "64:ff9b::7f00:1",
  "64:ff9b:1::1",
  "100::1",
  "2001::1",
  "2001:10::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "3fff::1",
  "5f00::1",
  "fc00::1",
  "fd12:3456::1",
  "fe80::1",
  "fec0::1",
  "ff02::1",
  "not an address",
])("%s is not public", (address) => {
  expect(isPublicAddress(address)).toBe(false);
});
test.each([
  "8.8.8.8",
  "1.1.1.1",
  "172.15.0.1",
  "172.32.0.1",
  "100.63.0.1",
  "192.167.1.1",
  "2606:4700::1111",
  "2a00:1450:4001::1",
])("%s is public", (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

describe("addresses that are refused before anybody is asked", () => {
  test.each([
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://0/",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[fd00::1]:8443/",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://x.localhost/",
    "https://１２７.０.０.１/",
    "https://user:password@example.com/",
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "//example.com",
    "",
  ])("%s", (address) => {
    expect(refusalOf(address, false)).toMatch(/\.$/);
  });
  test("a machine's own address is allowed where the server itself is at one, and nothing else is", () => {
    for (const address of ["http://127.0.0.1:3000/", "http://localhost/", "https://[::1]/"])
      expect(refusalOf(address, true)).toBeNull();
    for (const address of ["http://example.com/", "http://10.0.0.1/", "https://192.168.0.1/"])
      expect(refusalOf(address, true)).not.toBeNull();
    expect(refusalOf("https://example.com/hook?x=1", false)).toBeNull();
    expect(["http://127.0.0.1:3000", "http://localhost:3000", "http://[::1]"].every(isLoopbackUrl)).toBe(true);
    expect(["https://chat.example.com", "http://192.168.0.10:3000", "https://localhost.example.com"].some(isLoopbackUrl)).toBe(
      false,
    );
  });
});

describe("over the wire", () => {
  let server: Server;
  let port: number;
  let requests = 0;
  beforeAll(async () => {
    server = createServer((req, res) => {
      requests++;
      if (req.url === "/redirect") res.writeHead(302, { Location: "http://169.254.169.254/" }).end();
      else if (req.url === "/slow") return;
      else if (req.url === "/endless") {
        res.writeHead(200);
        const pour = () => {
          while (!res.destroyed && res.write("x".repeat(65_536)));
        };
        res.on("drain", pour);
        pour();
      } else req.pipe(res);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  /** Names mean what these say, one after another. */
  const names = (...answers: string[][]) =>
    ((_name: string, _options: object, callback: (err: null, found: object[]) => void) => {
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      callback(
        null,
        answer.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      );
    }) as unknown as typeof lookup;
  const post = (path: string, options: Partial<Parameters<typeof postOutgoing>[1]> = {}, host = "127.0.0.1", scheme = "http") =>
    postOutgoing(`${scheme}://${host}:${port}${path}`, { headers: {}, body: "hello", mayBeLoopback: true, ...options });

  test.each([[["127.0.0.1"]], [["10.0.0.1"]], [["::1"]], [["::ffff:127.0.0.1"]], [["8.8.8.8", "127.0.0.1"]], [[]]])(
    "a name that means %j is not connected to",
    async (addresses) => {
      const before = requests;
      const sent = post("/", { mayBeLoopback: false, resolve: names(addresses) }, "rebinding.example", "https");
      await expect(sent).rejects.toThrow("This name does not lead to the public internet.");
      expect(requests).toBe(before);
    },
  );
  test("a name that means something else at each look-up is connected to where it was looked at", async () => {
    const resolve = names(["127.0.0.1"], ["10.0.0.1"]);
    // Only what is local may speak http, so the name has to be one of those.
    expect((await post("/", { resolve }, "app.localhost")).status).toBe(200);
    await expect(post("/", { resolve }, "app.localhost")).rejects.toThrow("does not lead to the public internet");
  });
  test("a redirect is an answer, not a way", async () => {
    expect(await post("/redirect")).toMatchObject({ status: 302 });
  });
  test("a server that says nothing is waited for only so long", async () => {
    await expect(post("/slow", { timeoutMs: 50 })).rejects.toThrow("There was no answer within 0.05 seconds.");
  });
  test("an answer without end is let go", async () => {
    expect((await post("/endless")).status).toBe(200);
    const count = () => new Promise<number>((done) => server.getConnections((_, connections) => done(connections)));
    await expect.poll(count).toBe(0);
  });
  test("nobody there, said in words", async () => {
    const closed = createServer();
    await new Promise<void>((done) => closed.listen(0, "127.0.0.1", done));
    const { port: free } = closed.address() as AddressInfo;
    await new Promise((done) => closed.close(done));
    const sent = postOutgoing(`http://127.0.0.1:${free}/`, { headers: {}, body: "", mayBeLoopback: true });
    await expect(sent).rejects.toThrow("Nobody answers at this address.");
  });
});
