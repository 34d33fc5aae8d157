import type { SqlSession } from "../../api/db/migrate.ts";

/** Every table outside of PostgreSQL's own schemas → its rows as sorted JSON: what a backup has to bring back. Empty ones included. */
export async function tableContents(session: SqlSession): Promise<Record<string, string[]>> {
  const tables = await session.query(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  );
  const contents: Record<string, string[]> = {};
  for (const { name } of tables) {
    const rows = await session.query(`select to_jsonb(t)::text as row from ${String(name)} t order by 1`);
    contents[String(name)] = rows.map(({ row }) => String(row));
  }
  return contents;
}
