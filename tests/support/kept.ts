import type { Database } from "../../api/db/database.ts";
import { ownerQuery } from "./owner.ts";

/** Tables in which a row holds one of these texts anywhere, an id or words, with how many such rows. */
export async function tablesThatHold(db: Database, texts: readonly string[]): Promise<Record<string, number>> {
  const tables = await ownerQuery(
    db,
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('auth', 'public') order by 1",
  );
  const counts = tables.map(({ name }) => {
    const table = name as string;
    return `select '${table}' as name, count(*)::integer as rows from ${table} t
             where exists (select from unnest($1::text[]) wanted where position(wanted in t::text) > 0)`;
  });
  const rows = await ownerQuery(db, counts.join(" union all "), [texts]);
  return Object.fromEntries(rows.flatMap((row) => (row["rows"] === 0 ? [] : [[row["name"], row["rows"]]])));
}
