import { openDefaultDatabase } from "../../tests/support/default-database.ts";
import { overviewCases } from "./overview.cases.ts";

overviewCases(openDefaultDatabase);
