import { createPostgresDatabase } from "../../tests/support/postgres.ts";
import { dataMigrationCases } from "./data-migration.cases.ts";
import { withOwnerSession } from "./postgres.ts";

dataMigrationCases(async (use) => withOwnerSession(await createPostgresDatabase({ isMigrated: false }), use));
