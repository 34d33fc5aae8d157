import { openTestDatabase } from "../../tests/support/database.ts";
import { conversationCases } from "./conversations.cases.ts";

conversationCases(openTestDatabase);
