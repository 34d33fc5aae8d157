import { openTestDatabase } from "../support/database.ts";
import { describeTakeOver } from "../support/take-over-contract.ts";

describeTakeOver(openTestDatabase);
