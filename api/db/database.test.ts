import { openTestDatabase } from "../../tests/support/database.ts";
import { databaseCases } from "./database.cases.ts";

databaseCases(openTestDatabase);
