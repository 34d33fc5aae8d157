import { describe } from "vitest";
import { openTestDatabase } from "../../tests/support/database.ts";
import { describeLimits } from "../../tests/support/limits-contract.ts";

describe("limits of a day on the embedded database", () => describeLimits(openTestDatabase));
