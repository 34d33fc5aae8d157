import { openTestDatabase } from "../../tests/support/database.ts";
import { agentCases } from "./agents.cases.ts";

agentCases(openTestDatabase);
