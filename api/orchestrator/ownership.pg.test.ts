import { describe } from "vitest";
import { openPostgresTestDatabase } from "../../tests/support/postgres.ts";
import { describeReplyOwnership } from "../../tests/support/reply-contract.ts";

describe("replies on PostgreSQL", () => describeReplyOwnership(openPostgresTestDatabase));
