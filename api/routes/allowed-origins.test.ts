import { openTestDatabase } from "../../tests/support/database.ts";
import { allowedOriginCases } from "./allowed-origins.cases.ts";

allowedOriginCases(openTestDatabase);
