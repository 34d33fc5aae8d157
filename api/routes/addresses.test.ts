import { openTestDatabase } from "../../tests/support/database.ts";
import { addressCases } from "./addresses.cases.ts";

addressCases(openTestDatabase);
