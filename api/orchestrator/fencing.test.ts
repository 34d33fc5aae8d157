import { describe } from "vitest";
import { openTestDatabase } from "../../tests/support/database.ts";
import { isLong } from "../../tests/support/long.ts";
import { describeFencing } from "../../tests/support/fencing-contract.ts";

describe("fencing on the embedded database", () => describeFencing(openTestDatabase, isLong ? 25 : 10));
