import { openTestDatabase } from "../../tests/support/database.ts";
import { visitorCases } from "./visitors.cases.ts";

visitorCases(openTestDatabase);
