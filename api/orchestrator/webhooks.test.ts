import { openDefaultDatabase } from "../../tests/support/default-database.ts";
import { webhookCases } from "./webhooks.cases.ts";

webhookCases(openDefaultDatabase);
