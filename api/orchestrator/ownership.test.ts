import { describe } from "vitest";
import { openTestDatabase } from "../../tests/support/database.ts";
import { describeReplyOwnership } from "../../tests/support/reply-contract.ts";

describe("replies on the embedded database", () => describeReplyOwnership(openTestDatabase));
