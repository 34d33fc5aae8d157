import { openDefaultDatabase } from "../../tests/support/default-database.ts";
import { allowedOriginCases } from "./allowed-origins.cases.ts";

allowedOriginCases(openDefaultDatabase);
