import { describeConvergence } from "../support/convergence-contract.ts";
import { openPostgresTestDatabase } from "../support/postgres.ts";

describeConvergence(openPostgresTestDatabase, 25);
