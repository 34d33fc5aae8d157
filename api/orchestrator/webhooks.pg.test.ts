import { describe } from "vitest";
import { openPostgresTestDatabase } from "../../tests/support/postgres.ts";
import { webhookCases } from "./webhooks.cases.ts";

describe("webhooks on PostgreSQL", () => webhookCases(openPostgresTestDatabase));
