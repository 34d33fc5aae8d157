import { buildPreparedFolder } from "../api/db/prepared.ts";

/** Builds the prepared data folder ahead of the first start. Done at once when it is there already. */
await buildPreparedFolder();
