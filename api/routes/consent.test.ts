import { openDefaultDatabase } from "../../tests/support/default-database.ts";
import { consentCases } from "./consent.cases.ts";

consentCases(openDefaultDatabase);
