import { openTestDatabase } from "../../tests/support/database.ts";
import { webhookCases } from "./webhooks.cases.ts";

webhookCases(openTestDatabase);
