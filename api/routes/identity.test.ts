import { openDefaultDatabase } from "../../tests/support/default-database.ts";
import { identityCases } from "./identity.cases.ts";

identityCases(openDefaultDatabase);
