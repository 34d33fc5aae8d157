import { openDefaultDatabase } from "../../tests/support/default-database.ts";
import { idempotencyCases } from "./idempotent.cases.ts";

idempotencyCases(openDefaultDatabase);
