import { describe } from "vitest";
import { openPostgresTestDatabase } from "../../tests/support/postgres.ts";
import { idempotencyCases } from "./idempotent.cases.ts";

describe("Idempotency-Key on PostgreSQL", () => idempotencyCases(openPostgresTestDatabase));
