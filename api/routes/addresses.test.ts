import { openDefaultDatabase } from "../../tests/support/default-database.ts";
import { addressCases } from "./addresses.cases.ts";

addressCases(openDefaultDatabase);
