import { busContract } from "../../tests/support/bus-contract.ts";
import { createMemoryBus } from "./memory.ts";

busContract({ open: async () => createMemoryBus(), hasManyNodes: false });
