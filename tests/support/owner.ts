import type { Database } from "../../api/db/database.ts";

export type OwnerQuery = (sqlText: string, params?: readonly unknown[]) => Promise<Record<string, unknown>[]>;

const owners = new WeakMap<Database, OwnerQuery>();

export function rememberOwner(db: Database, query: OwnerQuery): Database {
  owners.set(db, query);
  return db;
}

/** One statement past row-level security, to prepare and to inspect. Not from inside `db.as`. */
export async function ownerQuery(
  db: Database,
  sqlText: string,
  params: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const query = owners.get(db);
  if (!query) throw new Error("This database was not opened by tests/support.");
  return query(sqlText, params);
}
