import { describe } from "vitest";
import { openTestDatabase } from "../../tests/support/database.ts";
import { describeFencing } from "../../tests/support/fencing-contract.ts";

describe("fencing on the embedded database", () => describeFencing(openTestDatabase, 25));
