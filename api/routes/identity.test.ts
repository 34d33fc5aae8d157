import { openTestDatabase } from "../../tests/support/database.ts";
import { identityCases } from "./identity.cases.ts";

identityCases(openTestDatabase);
