import { openPostgresTestDatabase } from "../../tests/support/postgres.ts";
import { databaseCases } from "./database.cases.ts";

databaseCases(openPostgresTestDatabase);
