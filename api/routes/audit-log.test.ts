import { openDefaultDatabase } from "../../tests/support/default-database.ts";
import { auditLogCases } from "./audit-log.cases.ts";

auditLogCases(openDefaultDatabase);
