import { describe } from "vitest";
import { isLong } from "../../tests/support/long.ts";
import { describeFencing } from "../../tests/support/fencing-contract.ts";
import { openPostgresTestDatabase } from "../../tests/support/postgres.ts";

describe("fencing on PostgreSQL", () => describeFencing(openPostgresTestDatabase, isLong ? 40 : 15));
