import { openTestDatabase } from "../../tests/support/database.ts";
import { wizardCases } from "./wizard.cases.ts";

wizardCases(openTestDatabase);
