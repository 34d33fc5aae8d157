import { openTestDatabase } from "../../tests/support/database.ts";
import { deskCases } from "./desk.cases.ts";

deskCases(openTestDatabase);
