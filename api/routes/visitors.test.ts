import { openDefaultDatabase } from "../../tests/support/default-database.ts";
import { visitorCases } from "./visitors.cases.ts";

visitorCases(openDefaultDatabase);
