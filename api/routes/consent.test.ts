import { openTestDatabase } from "../../tests/support/database.ts";
import { consentCases } from "./consent.cases.ts";

consentCases(openTestDatabase);
