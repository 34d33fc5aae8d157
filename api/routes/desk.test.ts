import { openDefaultDatabase } from "../../tests/support/default-database.ts";
import { deskCases } from "./desk.cases.ts";

deskCases(openDefaultDatabase);
