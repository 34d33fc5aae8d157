import { openTestDatabase } from "../../tests/support/database.ts";
import { idempotencyCases } from "./idempotent.cases.ts";

idempotencyCases(openTestDatabase);
