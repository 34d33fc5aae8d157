import { openTestDatabase } from "../../tests/support/database.ts";
import { publicRouteCases } from "./public.cases.ts";

publicRouteCases(openTestDatabase);
