import { openTestDatabase } from "../../tests/support/database.ts";
import { overviewCases } from "./overview.cases.ts";

overviewCases(openTestDatabase);
