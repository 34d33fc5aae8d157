import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createPostgresDatabase, TEST_JWT_SECRET } from "../../../tests/support/postgres.ts";
import { readConfig } from "../../config.ts";
import { SYSTEM } from "../../db/actor.ts";
import { createDeps, type Deps } from "../../deps.ts";
import { ensureFirstAdministrator } from "./ensure-first-administrator.ts";
import { refreshSession } from "./refresh-session.ts";
import { signIn } from "./sign-in.ts";
import { signOut } from "./sign-out.ts";
import { verifyUserToken } from "./tokens.ts";

const dataDir = mkdtempSync(join(tmpdir(), "renus-auth-"));
const ADMIN = { email: "admin@localhost", password: "correct horse battery", address: "192.0.2.1" };
let nodes: (Deps & { close(): Promise<void> })[] = [];

beforeAll(async () => {
  const url = await createPostgresDatabase();
  const config = readConfig({
    DATABASE_URL: url,
    JWT_SECRET: TEST_JWT_SECRET,
    DATA_DIR: dataDir,
    ADMIN_PASSWORD: ADMIN.password,
  });
  nodes = await Promise.all([0, 1].map(() => createDeps(config, pino({ level: "silent" }))));
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.close()));
  rmSync(dataDir, { recursive: true, force: true });
});
const [first, second] = [() => nodes[0]!, () => nodes[1]!];

test("of two processes that start on an empty database one makes the administrator and the company", async () => {
  const made = await Promise.all(nodes.map(ensureFirstAdministrator));
  expect(made.filter((administrator) => administrator !== null)).toEqual([{ email: ADMIN.email, generated_password: null }]);
  await first().db.as(SYSTEM, async (trx) => {
    expect(await trx.selectFrom("auth.users").select("email").execute()).toHaveLength(1);
    expect(await trx.selectFrom("clients").select("name").execute()).toEqual([{ name: "My company" }]);
  });
});

test("refreshes of several tabs on several nodes get the same successor", async () => {
  const { refresh_token } = await signIn(first(), ADMIN);
  const sessions = await Promise.all(
    Array.from({ length: 12 }, (_, n) => refreshSession(nodes[n % 2]!, { refreshToken: refresh_token, address: ADMIN.address })),
  );
  expect(new Set(sessions.map((session) => session.refresh_token)).size).toBe(1);
  const [session] = sessions;
  const next = await refreshSession(second(), { refreshToken: session!.refresh_token, address: ADMIN.address });
  expect(await verifyUserToken(first(), next.access_token)).toMatchObject({ role: "admin", email: ADMIN.email });
  // The one before the last comes again: two parties hold the family, and both are out.
  await expect(refreshSession(first(), { refreshToken: refresh_token, address: ADMIN.address })).rejects.toMatchObject({
    errorCode: "refresh_token_already_used",
  });
  await expect(verifyUserToken(first(), next.access_token)).rejects.toMatchObject({ code: "AUTH_ERROR" });
  await expect(refreshSession(second(), { refreshToken: next.refresh_token, address: ADMIN.address })).rejects.toMatchObject({
    errorCode: "refresh_token_not_found",
  });
});

test("a sign-out counts at once on its node and as soon as the bus tells on the others", async () => {
  const { access_token } = await signIn(first(), ADMIN);
  const actor = await verifyUserToken(first(), access_token);
  await verifyUserToken(second(), access_token);
  await signOut({ ...first(), actor }, { scope: "local" });
  await expect(verifyUserToken(first(), access_token)).rejects.toMatchObject({ code: "AUTH_ERROR" });
  // Sooner than the half minute after which a remembered token is looked up again.
  await vi.waitFor(() => expect(verifyUserToken(second(), access_token)).rejects.toMatchObject({ code: "AUTH_ERROR" }), 5000);
});
