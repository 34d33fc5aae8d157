import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { createApp } from "../api/app.ts";
import { readConfig } from "../api/config.ts";
import { createDeps } from "../api/deps.ts";
import { openApiDocument } from "../api/routes/openapi.ts";
import { API_ROUTES, describeApi } from "./describe-api.ts";

/** Writes docs/openapi.json and client/api-routes.ts; tests compare the one with what a server answers, the other with the one. */
const dataDir = mkdtempSync(join(tmpdir(), "renus-openapi-"));
const deps = await createDeps(readConfig({ DATA_DIR: dataDir }), pino({ level: "silent" }));
const document = openApiDocument(createApp(deps));
writeFileSync(new URL("../docs/openapi.json", import.meta.url), `${JSON.stringify(document, null, 2)}\n`);
writeFileSync(API_ROUTES, describeApi(document));
await deps.close();
rmSync(dataDir, { recursive: true, force: true });
// The embedded database leaves a port open.
process.exit(0);
