import { describe } from "vitest";
import { openTestDatabase } from "../../../tests/support/database.ts";
import { describePostQueue } from "./post-queue.cases.ts";

describe("posting on the embedded database", () => describePostQueue(openTestDatabase));
