import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { accessCases } from "./access.cases.ts";
import { openPglite, type Pglite } from "./pglite.ts";
import { buildPreparedFolder, copyPreparedFolder } from "./prepared.ts";

const dir = mkdtempSync(join(tmpdir(), "renus-access-"));
let pglite: Pglite;
afterAll(async () => {
  await pglite.close();
  rmSync(dir, { recursive: true, force: true });
});

accessCases(async () => {
  await copyPreparedFolder(await buildPreparedFolder(), join(dir, "data"));
  pglite = await openPglite(join(dir, "data"));
  // Says what is so already; a SET LOCAL that is rolled back would otherwise find nothing to go back to.
  await pglite.session.exec("set session authorization postgres");
  return pglite.session;
});
