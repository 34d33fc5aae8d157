import { describe } from "vitest";
import { openDefaultDatabase } from "../../tests/support/default-database.ts";
import { describeLimits } from "../../tests/support/limits-contract.ts";

describe("limits of a day", () => describeLimits(openDefaultDatabase));
