import { describe } from "vitest";
import { describeCounters } from "../../tests/support/counters-contract.ts";
import { createMemoryCounters } from "./memory.ts";

// Of the embedded database there is one node.
const counters = createMemoryCounters();
describe("counters in memory", () => describeCounters(() => Promise.resolve(counters)));
