import { describe } from "vitest";
import { describeFencing } from "../../tests/support/fencing-contract.ts";
import { openPostgresTestDatabase } from "../../tests/support/postgres.ts";

describe("fencing on PostgreSQL", () => describeFencing(openPostgresTestDatabase, 40));
