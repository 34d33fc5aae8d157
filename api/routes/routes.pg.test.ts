import { describe } from "vitest";
import { openPostgresTestDatabase } from "../../tests/support/postgres.ts";
import { agentCases } from "./agents.cases.ts";
import { conversationCases } from "./conversations.cases.ts";
import { publicRouteCases } from "./public.cases.ts";
import { wizardCases } from "./wizard.cases.ts";

// In one file, because starting the server takes longer than the cases.
describe("agents on PostgreSQL", () => agentCases(openPostgresTestDatabase));
describe("public routes on PostgreSQL", () => publicRouteCases(openPostgresTestDatabase));
describe("the wizard on PostgreSQL", () => wizardCases(openPostgresTestDatabase));
describe("conversations on PostgreSQL", () => conversationCases(openPostgresTestDatabase));
