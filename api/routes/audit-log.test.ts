import { openTestDatabase } from "../../tests/support/database.ts";
import { auditLogCases } from "./audit-log.cases.ts";

auditLogCases(openTestDatabase);
