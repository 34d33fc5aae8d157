import { describe } from "vitest";
import { describeLimits } from "../../tests/support/limits-contract.ts";
import { openPostgresTestDatabase } from "../../tests/support/postgres.ts";

describe("limits of a day on PostgreSQL", () => describeLimits(openPostgresTestDatabase));
