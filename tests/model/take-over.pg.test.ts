import { openPostgresTestDatabase } from "../support/postgres.ts";
import { describeTakeOver } from "../support/take-over-contract.ts";

describeTakeOver(openPostgresTestDatabase);
