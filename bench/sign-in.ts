import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { jwt } from "hono/jwt";
import type { AddressInfo } from "node:net";
import { Agent, request } from "node:http";
import { verifyAnyToken } from "../api/services/auth/tokens.ts";
import { startTestServer } from "../tests/support/server.ts";
import { median, numberOption, printTable, whole } from "./figures.ts";

/**
 * What the sign-in check costs a request: the same small JSON from Hono without a check, with ours, and with hono/jwt, which
 * verifies each time. Requests and servers share this process; what they cost alone is in all rows. `--rounds=5 --seconds=2`
 */

const rounds = numberOption("rounds", 5);
const ms = numberOption("seconds", 2) * 1000;
const CONNECTIONS = 32;

const renus = await startTestServer();
const token = await renus.adminToken();
const answer = { id: 1, name: "small" };

const bare = new Hono().get("/", (c) => c.json(answer));
const checked = new Hono().get("/", async (c) => {
  const header = c.req.header("Authorization") ?? "";
  await verifyAnyToken(renus.deps, header.slice("Bearer ".length));
  return c.json(answer);
});
const each = new Hono().use(jwt({ secret: renus.deps.config.jwtSecret, alg: "HS256" })).get("/", (c) => c.json(answer));

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
async function listen(app: Hono) {
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

const get = (port: number) =>
  new Promise<void>((resolve, reject) => {
    const req = request({ host: "127.0.0.1", port, agent, headers: { Authorization: `Bearer ${token}` } }, (res) => {
      if (res.statusCode !== 200) return reject(new Error(`HTTP ${res.statusCode}`));
      res.resume().on("end", resolve);
    });
    req.on("error", reject).end();
  });

async function perSecond(port: number): Promise<number> {
  const endsAt = performance.now() + ms;
  let count = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < endsAt) {
        await get(port);
        count += 1;
      }
    }),
  );
  return (count * 1000) / ms;
}

const apps = { "Hono without a check": bare, "with ours": checked, "with hono/jwt on each request": each };
const servers = await Promise.all(
  Object.entries(apps).map(async ([name, app]) => ({ name, ...(await listen(app)), figures: [] as number[] })),
);
for (let round = 0; round <= rounds; round++) {
  for (const server of servers) {
    const figure = await perSecond(server.port);
    if (round > 0) server.figures.push(figure);
  }
}
const floor = median(servers[0]!.figures);
printTable(
  ["", "requests/s", "of Hono without a check"],
  servers.map(({ name, figures }) => [name, whole(median(figures)), `${(median(figures) / floor).toFixed(2)} ×`]),
);
for (const server of servers) server.close();
agent.destroy();
await renus.stop();
