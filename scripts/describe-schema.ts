import type { SqlSession } from "../api/db/migrate.ts";

/** Where the schema that all migrations together make can be read. */
export const SCHEMA_GOLDEN = new URL("../supabase/schema.golden.sql", import.meta.url);

const OURS = "('public', 'renus')";

/**
 * Tables, indexes, policies, grants, triggers and functions of `public` and `renus` as SQL, from the catalog and in a fixed
 * order. To read and to compare, not to run: the migrations are the source.
 */
export async function describeSchema(session: SqlSession): Promise<string> {
  const lines = async (sqlText: string) => (await session.query(sqlText)).map((row) => String(row["line"]));
  const tables = await session.query(
    `select c.oid::integer as oid, n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ${OURS} and c.relkind = 'r' order by 2`,
  );
  const parts: string[] = [];
  for (const table of tables) {
    const [oid, name] = [Number(table["oid"]), String(table["name"])];
    const columns = await lines(
      `select a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
              || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as line
         from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = ${oid} and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    );
    const constraints = await lines(
      `select 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) as line from pg_constraint
        where conrelid = ${oid} and contype in ('p', 'u', 'f', 'c') order by contype = 'p' desc, conname`,
    );
    const indexes = await lines(
      `select pg_get_indexdef(indexrelid) || ';' as line from pg_index where indrelid = ${oid}
          and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u')) order by 1`,
    );
    const triggers = await lines(
      `select pg_get_triggerdef(oid) || ';' as line from pg_trigger where tgrelid = ${oid} and not tgisinternal order by 1`,
    );
    const policies = await lines(
      `select format('create policy %I on ${name} for %s to %s', polname,
                case polcmd when '*' then 'all' when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' else 'delete' end,
                (select string_agg(rolname, ', ' order by rolname) from pg_roles where oid = any (polroles)))
              || coalesce(E'\\n  using ' || regexp_replace(pg_get_expr(polqual, polrelid), '\\s+', ' ', 'g'), '')
              || coalesce(E'\\n  with check ' || regexp_replace(pg_get_expr(polwithcheck, polrelid), '\\s+', ' ', 'g'), '') || ';' as line
         from pg_policy where polrelid = ${oid} order by polname`,
    );
    const grants = await lines(
      `select format('grant %s on ${name} to %s;', string_agg(privilege, ', ' order by privilege), grantee) as line from (
         select pg_get_userbyid(g.grantee) as grantee, lower(g.privilege_type) as privilege
           from pg_class c, aclexplode(c.relacl) g where c.oid = ${oid} and g.grantee not in (0, c.relowner)
         union all
         select pg_get_userbyid(g.grantee), lower(g.privilege_type) || ' (' || string_agg(a.attname, ', ' order by a.attnum) || ')'
           from pg_attribute a, aclexplode(a.attacl) g where a.attrelid = ${oid} group by g.grantee, g.privilege_type) x
        group by grantee order by grantee`,
    );
    const body = `create table ${name} (\n${[...columns, ...constraints].map((line) => `  ${line}`).join(",\n")}\n);`;
    parts.push([body, ...indexes, ...triggers, ...policies, ...grants].join("\n"));
  }
  const functions = await lines(
    `select pg_get_functiondef(p.oid) || E';\\ngrant execute to ' || coalesce((select string_agg(case g.grantee when 0 then 'public' else
              pg_get_userbyid(g.grantee) end, ', ' order by 1) from aclexplode(p.proacl) g where g.grantee <> p.proowner), 'nobody') || ';' as line
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ${OURS} order by p.proname`,
  );
  return `-- What all migrations together make; written by \`npm run generate\`, compared by a test. To read, not to run.\n\n${[...parts, ...functions].join("\n\n")}\n`;
}
