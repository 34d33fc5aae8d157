import { expect, test } from "vitest";
import { readMigrations } from "./migrate.ts";

/** From here on servers of the version before serve on while a migration is applied, and after it. */
const FIRST = "20261126000000";

/** What the code of the version before would stumble over, outside of functions. Policies, indexes and triggers may come and go: no code names them. */
const BREAKING: Record<string, RegExp> = {
  "takes away what old code uses": /\bdrop\s+(table|column|schema|type|view|sequence|function|constraint|default)\b/i,
  "takes away a column": /\balter\s+table\b[^;]*\bdrop\s+(?!constraint|policy|default|not)(if\s+exists\s+)?\w+/i,
  "takes away a name": /\brename\b/i,
  "changes what a column holds": /\balter\s+(column\s+)?\w+\s+(set\s+data\s+)?type\b/i,
  "wants what old code does not write":
    /\bset\s+not\s+null\b|\badd\s+column\b(?![^,;]*\b(default|generated)\b)[^,;]*\bnot\s+null\b/i,
};

function findBreaking(sqlText: string): string[] {
  let statements = sqlText.replace(/--.*$/gm, "").replace(/(\$\w*\$)[\s\S]*?\1/g, "");
  // What stands in parentheses is a condition, or the columns of a new table.
  for (let before = ""; before !== statements;) [before, statements] = [statements, statements.replace(/\([^()]*\)/g, "")];
  return Object.entries(BREAKING).flatMap(([name, pattern]) => (pattern.test(statements) ? [name] : []));
}

test("every migration only adds, so that two versions may share a database", () => {
  const migrations = readMigrations().filter(({ version }) => version >= FIRST);
  expect(migrations.length).toBeGreaterThan(5);
  const found = migrations.map(({ version, sql }) => [version, findBreaking(sql)]).filter(([, names]) => names!.length > 0);
  expect(found).toEqual([]);
});

test.each([
  "drop table public.agents;",
  "alter table public.agents drop column model;",
  "alter table public.agents drop if exists model;",
  "alter table public.agents rename column model to brain;",
  "alter function renus.old() rename to new;",
  "alter table public.agents alter column visits type bigint;",
  "alter table public.agents alter model set data type text;",
  "alter table public.agents alter column model set not null;",
  "alter table public.agents add column a int default 1, add column b text not null;",
  "drop function renus.old;",
])("%s is seen", (sqlText) => expect(findBreaking(sqlText)).not.toEqual([]));

test.each([
  "alter table public.agents add column b text not null default '';",
  "alter table public.agents add column b text check (b is not null or true);",
  "drop index public.idx_a; create index idx_a on public.agents (model);",
  'drop policy "a" on public.agents; create policy "a" on public.agents using (true);',
  "create function renus.f() returns void language plpgsql as $$ begin drop table if exists t; end $$;",
  "-- drop table public.agents;",
])("%s is fine", (sqlText) => expect(findBreaking(sqlText)).toEqual([]));
