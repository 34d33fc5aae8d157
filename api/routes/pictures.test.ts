import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";
import { createSupabasePictures } from "../files/supabase.ts";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);
const WEBP = Buffer.from("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==", "base64");
let server: TestServer;
let agentId: string;
const put = (data: Buffer | string, token?: string) =>
  server.call("PUT", `/agents/${agentId}/picture`, {
    body: { data: typeof data === "string" ? data : data.toString("base64") },
    ...(token ? { token } : {}),
  });

beforeAll(async () => {
  server = await startTestServer();
  agentId = (await server.createPublishedAgent({ name: "Pictured", config: { appearance: { color: "#123456" } } })).id;
});
afterAll(() => server.stop());

test("a picture is kept on disk, loads from its own address for ever, and leaves the rest of the appearance", async () => {
  const { status, body } = await put(PNG);
  expect(status).toBe(200);
  const { avatar_url, color } = body.config.appearance;
  expect(color).toBe("#123456");
  expect(avatar_url).toMatch(new RegExp(`^${server.url}/pictures/[0-9a-f]{32}\\.png$`));
  const loaded = await fetch(avatar_url);
  expect(Buffer.from(await loaded.arrayBuffer())).toEqual(PNG);
  expect(Object.fromEntries(loaded.headers)).toMatchObject({
    "content-type": "image/png",
    "cache-control": "public, max-age=31536000, immutable",
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
  });
  expect((await put(PNG)).body.config.appearance.avatar_url).toBe(avatar_url);
  expect((await put(WEBP)).body.config.appearance.avatar_url).toMatch(/\.webp$/);
  expect((await fetch(avatar_url)).status).toBe(200);
  const page = await (await fetch(`${server.url}/public/agents/pictured`)).json();
  expect((page as { appearance: { avatar_url: string } }).appearance.avatar_url).toMatch(/\.webp$/);
});

test("what is no picture, is too large, or comes from another company is refused and not kept", async () => {
  const kept = () => readdirSync(join(server.deps.config.dataDir, "pictures")).toSorted();
  const before = kept();
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  for (const data of [svg, "no base64!", "", Buffer.alloc(0), Buffer.concat([PNG, Buffer.alloc(256 * 1024)])]) {
    expect((await put(data)).body.code).toBe("VALIDATION_ERROR");
  }
  const company = await server.createClient();
  const stranger = await server.createUser({ role: "client", client_id: company.id });
  expect((await put(Buffer.concat([PNG, Buffer.from("other")]), stranger.token)).body.code).toBe("AGENT_NOT_FOUND");
  expect(kept()).toEqual(before);
  for (const name of ["..%2fjwt-secret", "%2e%2e%2fjwt-secret", "none.png", "0".repeat(32) + ".svg"]) {
    expect((await fetch(`${server.url}/pictures/${name}`)).status).toBe(404);
  }
});

test("in a Supabase project it lies in a public bucket of Storage, which is made when it is missing", async () => {
  const stored = new Map<string, Buffer>();
  const asked: string[] = [];
  let hasBucket = false;
  const storage = createServer(async (req, res) => {
    const body = await buffer(req);
    asked.push(`${req.method} ${req.url} ${req.headers["content-type"]}`);
    if (req.headers.authorization !== "Bearer service-key") res.statusCode = 403;
    else if (req.url === "/storage/v1/bucket") {
      hasBucket = true;
      expect(JSON.parse(body.toString())).toMatchObject({ id: "agent-pictures", public: true });
    } else if (!hasBucket) res.statusCode = 404;
    else stored.set(req.url!, body);
    res.end("{}");
  });
  await new Promise<void>((resolve) => storage.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(storage.address() as AddressInfo).port}`;
  const picture = { name: `${"a".repeat(32)}.png`, type: "image/png", bytes: new Uint8Array(PNG) };
  const project = { url, anonKey: "public-key", serviceRoleKey: "service-key", jwtSecret: null };
  const pictures = createSupabasePictures(project);
  const object = `/storage/v1/object/agent-pictures/${picture.name}`;
  expect(await pictures.save(picture)).toBe(`${url}/storage/v1/object/public/agent-pictures/${picture.name}`);
  expect(stored.get(object)).toEqual(PNG);
  expect(await pictures.save(picture)).toContain("/object/public/");
  expect(asked.filter((line) => line.includes("/bucket"))).toHaveLength(1);
  const refused = createSupabasePictures({ ...project, serviceRoleKey: "wrong" });
  await expect(refused.save(picture)).rejects.toMatchObject({ code: "INTERNAL_ERROR", message: expect.stringContaining("403") });
  storage.closeAllConnections();
  await new Promise((resolve) => storage.close(resolve));
  await expect(pictures.save(picture)).rejects.toMatchObject({ message: expect.stringContaining("does not answer") });
});
