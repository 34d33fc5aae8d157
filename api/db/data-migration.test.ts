import { dataMigrationCases } from "./data-migration.cases.ts";
import { openPglite } from "./pglite.ts";

dataMigrationCases(async (use) => {
  const pglite = await openPglite(null);
  await use(pglite.session).finally(() => pglite.close());
});
