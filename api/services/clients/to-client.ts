import type { Selectable } from "kysely";
import type { Client } from "../../../protocol/resources.ts";
import type { ClientsTable } from "../../db/types.ts";
import { AppError } from "../../errors.ts";

export function toClient(row: Selectable<ClientsTable>): Client {
  return { id: row.id, name: row.name, created_at: row.created_at, updated_at: row.updated_at };
}

export const clientNotFound = () => new AppError("NOT_FOUND", "This company does not exist, or you may not see it.");
