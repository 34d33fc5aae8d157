import { openTestDatabase } from "../../../tests/support/database.ts";
import { retentionCases } from "./sweep-conversations.cases.ts";

retentionCases(openTestDatabase);
