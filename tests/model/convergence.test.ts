import { describeConvergence } from "../support/convergence-contract.ts";
import { openTestDatabase } from "../support/database.ts";

describeConvergence(openTestDatabase, 25);
