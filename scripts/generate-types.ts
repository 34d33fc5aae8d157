import { writeFileSync } from "node:fs";
import { openPglite } from "../api/db/pglite.ts";
import { migrate, type SqlSession } from "../api/db/migrate.ts";
import { describeSchema, SCHEMA_GOLDEN } from "./describe-schema.ts";

/** `npm run generate` writes row types (api/db/types.ts) and a readable schema from the migrated catalog; tests compare. */

const TYPES: Record<string, string> = {
  uuid: "string",
  text: "string",
  int4: "number",
  int8: "number",
  bool: "boolean",
  date: "string",
  timestamptz: "Timestamp",
  jsonb: "Jsonb",
  _text: "string[]",
};

export async function generateTypes(session: SqlSession): Promise<string> {
  const columns = await session.query(`
    select n.nspname as schema_name, c.relname as table_name, a.attname as column_name, t.typname as type_name,
           a.attnotnull as not_null, a.atthasdef as has_default
      from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      join pg_type t on t.oid = a.atttypid
     where n.nspname in ('public', 'auth') and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
     order by n.nspname desc, c.relname, a.attnum`);
  const tables = new Map<string, string[]>();
  for (const column of columns) {
    const table = column["schema_name"] === "public" ? String(column["table_name"]) : `auth.${String(column["table_name"])}`;
    const base = TYPES[String(column["type_name"])];
    if (!base) throw new Error(`No TypeScript type for ${String(column["type_name"])} in ${table}.`);
    const type = column["not_null"] ? base : `${base} | null`;
    const field = column["has_default"] ? `Generated<${type}>` : type;
    const lines = tables.get(table) ?? [];
    lines.push(`  ${String(column["column_name"])}: ${field};`);
    tables.set(table, lines);
  }
  const interfaceName = (table: string) =>
    table
      .split(/[._]/)
      .map((part) => part[0]!.toUpperCase() + part.slice(1))
      .join("") + "Table";
  const bodies = [...tables].map(([table, lines]) => `export interface ${interfaceName(table)} {\n${lines.join("\n")}\n}\n`);
  const index = [...tables.keys()].map((table) => `  ${table.includes(".") ? `"${table}"` : table}: ${interfaceName(table)};`);
  return `// Generated from supabase/migrations by \`npm run generate\`. Do not edit.
import type { ColumnType } from "kysely";

/** Written with its default when left out. */
export type Generated<T> = T extends ColumnType<infer S, infer I, infer U> ? ColumnType<S, I | undefined, U> : ColumnType<T, T | undefined, T>;
/** ISO 8601 UTC. */
export type Timestamp = string;
/** Read as a value, written as JSON text: the drivers disagree on arrays otherwise. */
export type Jsonb = ColumnType<Record<string, unknown>, string, string>;

${bodies.join("\n")}
export interface DB {
${index.join("\n")}
}
`;
}

if (import.meta.main) {
  const pglite = await openPglite(null);
  await migrate(pglite.session, null);
  writeFileSync(new URL("../api/db/types.ts", import.meta.url), await generateTypes(pglite.session));
  writeFileSync(SCHEMA_GOLDEN, await describeSchema(pglite.session));
  await pglite.close();
}
