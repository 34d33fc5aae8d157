import { describe } from "vitest";
import { openPostgresTestDatabase } from "../../tests/support/postgres.ts";
import { allowedOriginCases } from "./allowed-origins.cases.ts";
import { addressCases } from "./addresses.cases.ts";
import { agentCases } from "./agents.cases.ts";
import { auditLogCases } from "./audit-log.cases.ts";
import { consentCases } from "./consent.cases.ts";
import { conversationCases } from "./conversations.cases.ts";
import { deskCases } from "./desk.cases.ts";
import { identityCases } from "./identity.cases.ts";
import { overviewCases } from "./overview.cases.ts";
import { publicRouteCases } from "./public.cases.ts";
import { visitorCases } from "./visitors.cases.ts";
import { wizardCases } from "./wizard.cases.ts";

// In one file, because starting the server takes longer than the cases.
describe("agents on PostgreSQL", () => agentCases(openPostgresTestDatabase));
describe("public routes on PostgreSQL", () => publicRouteCases(openPostgresTestDatabase));
describe("allowed websites on PostgreSQL", () => allowedOriginCases(openPostgresTestDatabase));
describe("who visitors are, on PostgreSQL", () => identityCases(openPostgresTestDatabase));
describe("the wizard on PostgreSQL", () => wizardCases(openPostgresTestDatabase));
describe("conversations on PostgreSQL", () => conversationCases(openPostgresTestDatabase));
describe("the desk on PostgreSQL", () => deskCases(openPostgresTestDatabase));
describe("figures on PostgreSQL", () => overviewCases(openPostgresTestDatabase));
describe("what is kept of visitors, on PostgreSQL", () => visitorCases(openPostgresTestDatabase));
describe("who changed what, on PostgreSQL", () => auditLogCases(openPostgresTestDatabase));
describe("where people come from, on PostgreSQL", () => addressCases(openPostgresTestDatabase));
describe("what visitors agree to, on PostgreSQL", () => consentCases(openPostgresTestDatabase));
