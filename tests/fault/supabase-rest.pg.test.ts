import { readFileSync } from "node:fs";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { signToken } from "../../api/lib/jwt.ts";
import { ACCESS_ROWS, id } from "../support/access-rows.ts";
import { TEST_JWT_SECRET } from "../support/postgres.ts";
import { startSupabaseLite, type SupabaseLite } from "../support/supabase-lite.ts";

/**
 * Supabase shows `public` to everybody who has the anon key, which every browser gets. Here people go past our server and ask the
 * project's REST interface themselves, for every table there is, and get exactly what supabase/access.golden.txt says.
 */
let project: SupabaseLite;
/** What the callers of this file send. */
const headers: Record<string, Record<string, string>> = {};
const TABLES = Object.keys(ACCESS_ROWS).filter((name) => name.startsWith("public."));
const bare = (table: string) => table.replace("public.", "");

beforeAll(async () => {
  // What was refused is written there, each time with a stack.
  vi.spyOn(console, "error").mockImplementation(() => {});
  project = await startSupabaseLite();
  for (const [table, { rows }] of Object.entries(ACCESS_ROWS)) {
    if (table.startsWith("auth.") && table !== "auth.users") continue;
    for (const row of Object.values(rows)) {
      const names = Object.keys(row);
      // Some rows come by themselves with others.
      await project.database.asSuperuser(
        `insert into ${table} (${names.join(", ")}) values (${names.map((_, i) => `$${i + 1}`).join(", ")}) on conflict do nothing`,
        Object.values(row),
      );
    }
  }
  const { anonKey: apikey, url } = project.config;
  const bearer = (token: string) => ({ apikey, Authorization: `Bearer ${token}` });
  const person = (label: string) => project.sign({ sub: id(label, "user"), email: `${label}@example.com` });
  headers["admin"] = bearer(await person("ad"));
  headers["person a1"] = bearer(await person("a1"));
  headers["person b1"] = bearer(await person("b1"));
  headers["no profile"] = bearer(await person("no"));
  headers["anon"] = { apikey };
  headers["the server's key"] = { apikey: project.config.serviceRoleKey };

  const claims = { iss: `${url}/auth/v1`, aud: "authenticated", role: "authenticated", sub: id("ad", "user") };
  const signed = (alg: string) => new SignJWT(claims).setProtectedHeader({ alg }).setIssuedAt().setExpirationTime("1h");
  const publicKey = new TextEncoder().encode(JSON.stringify(await exportJWK(project.keys.publicKey)));
  const other = await generateKeyPair("ES256");
  const visitor = { iss: "renus", aud: "renus:visitor", sub: id("a1", "visi"), agent_id: id("a1", "agen") };
  const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  headers["nobody, without the anon key"] = {};
  headers["nobody, with a key that was made up"] = { apikey: "sb_publishable_made_up" };
  headers["a person's token without the anon key"] = { Authorization: headers["admin"]["Authorization"]! };
  headers["a visitor of ours"] = bearer((await signToken(TEST_JWT_SECRET, visitor, 3600)).token);
  headers["an administrator of another project"] = bearer(await signed("ES256").sign(other.privateKey));
  headers["an administrator, signed with the public key as a secret"] = bearer(await signed("HS256").sign(publicKey));
  headers["an administrator, signed with our secret"] = bearer((await signToken(TEST_JWT_SECRET, claims, 3600)).token);
  headers["an administrator, not signed"] = bearer(`${base64({ alg: "none" })}.${base64({ ...claims, exp: 4e9 })}.`);
  headers["an administrator, an hour ago"] = bearer(await project.sign({ sub: id("ad", "user"), exp: 1_700_000_000 }));
});
afterAll(() => project?.stop());

const KNOWN = ["admin", "person a1", "person b1", "no profile", "anon"];

async function ask(who: string, method: string, path: string, body?: unknown): Promise<{ status: number; body: any }> {
  const response = await fetch(`${project.config.url}/rest/v1/${path}`, {
    method,
    headers: { ...headers[who], "Content-Type": "application/json", Prefer: "return=representation" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : null };
}
const isRefused = ({ status, body }: Awaited<ReturnType<typeof ask>>) =>
  (status === 401 || status === 403) && (body.code === "42501" || /permission denied|row-level security/.test(body.message));

type Reach = Record<"select" | "insert" | "update" | "delete", string[]> & { columns: string[] };
/** What supabase/access.golden.txt says of somebody and a table; `columns` are those that may be changed, null for all. */
function reachOf(table: string, subject: string): Reach {
  const golden = readFileSync(new URL("../../supabase/access.golden.txt", import.meta.url), "utf8");
  const section = golden.split("\n\n").find((part) => part.startsWith(`${table}\n`))!;
  const lines = section.split(/\n(?= {2}\S)/).find((part) => part.startsWith(`  ${subject}`))!;
  const words = (verb: string) => new RegExp(`^ {4}${verb} (.*)$`, "m").exec(lines)?.[1] ?? "";
  return {
    select: words("select").split(" ").filter(Boolean),
    insert: words("insert").split(" ").filter(Boolean),
    update: words("update")
      .replace(/\(.*?\);?/g, "")
      .split(" ")
      .filter(Boolean),
    delete: words("delete").split(" ").filter(Boolean),
    columns: [...words("update").matchAll(/\((.*?)\)/g)].flatMap(([, names]) => names!.split(", ")),
  };
}
const filterOf = (table: string, labels: readonly string[]) => {
  const { key, rows } = ACCESS_ROWS[table]!;
  const one = (label: string) => `and(${key.map((name) => `${name}.eq.${String(rows[label]![name])}`).join(",")})`;
  return `or=(${labels.map(one).join(",")})`;
};
const columnsOf = async (table: string) =>
  (
    await project.database.asSuperuser(
      "select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''",
      [table],
    )
  ).map((row) => String(row["name"]));
/** All rows of all tables. */
async function everything(): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const table of TABLES) found[table] = await project.database.asSuperuser(`select to_jsonb(t) from ${table} t order by 1`);
  return found;
}

test("every table of the schema that is shown has its rows here", async () => {
  const tables = await project.database.asSuperuser(`select n.nspname || '.' || c.relname as name from pg_class c
    join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1`);
  expect(tables.map(({ name }) => name)).toEqual(TABLES.toSorted());
  for (const table of TABLES) {
    const labels = Object.keys(ACCESS_ROWS[table]!.rows);
    const all = await ask("the server's key", "GET", `${bare(table)}?${filterOf(table, labels)}`);
    expect(all.body, table).toHaveLength(labels.length);
    expect(labels, table).not.toEqual([]);
  }
});

test("nobody is told of more rows than they may see, whoever they are", async () => {
  for (const table of TABLES) {
    const { key, rows } = ACCESS_ROWS[table]!;
    for (const who of KNOWN) {
      const answer = await ask(who, "GET", `${bare(table)}?select=${key.join(",")}`);
      const seen = isRefused(answer)
        ? []
        : answer.body.map((found: Record<string, unknown>) =>
            Object.keys(rows).find((label) => key.every((name) => rows[label]![name] === found[name])),
          );
      expect(seen.toSorted(), `${who} reads ${table}`).toEqual(reachOf(table, who).select.toSorted());
    }
  }
});

test("nobody changes, removes or adds a row that is not theirs", async () => {
  const before = await everything();
  for (const table of TABLES) {
    const { rows, fresh } = ACCESS_ROWS[table]!;
    const columns = await columnsOf(table);
    for (const who of KNOWN) {
      const reach = reachOf(table, who);
      const others = (mine: string[]) => Object.keys(rows).filter((label) => !mine.includes(label));
      if (others(reach.update).length > 0) {
        // Only with columns that they may change does the row decide, and not the column.
        const mine = reach.columns.includes("every column") || reach.columns.length === 0 ? columns : reach.columns;
        const [label] = others(reach.update);
        const changes = Object.fromEntries(mine.map((name) => [name, rows[label!]![name] ?? null]));
        const touched = await ask(who, "PATCH", `${bare(table)}?${filterOf(table, others(reach.update))}`, changes);
        expect(isRefused(touched) ? [] : touched.body, `${who} changes ${table}`).toEqual([]);
      }
      if (others(reach.delete).length > 0) {
        const removed = await ask(who, "DELETE", `${bare(table)}?${filterOf(table, others(reach.delete))}`);
        expect(isRefused(removed) ? [] : removed.body, `${who} removes from ${table}`).toEqual([]);
      }
      for (const [label, row] of Object.entries(fresh)) {
        if (reach.insert.includes(label)) continue;
        expect(await ask(who, "POST", bare(table), row), `${who} adds ${label} to ${table}`).toSatisfy(isRefused);
      }
    }
  }
  expect(await everything()).toEqual(before);
});

test("strangers get nothing at all: visitors, other projects, expired, forged and missing tokens", async () => {
  const before = await everything();
  for (const who of Object.keys(headers).filter((name) => ![...KNOWN, "the server's key"].includes(name))) {
    for (const table of TABLES) {
      const { rows, fresh } = ACCESS_ROWS[table]!;
      const row = Object.values({ ...rows, ...fresh })[0];
      const [label] = Object.keys(rows);
      const path = `${bare(table)}?${filterOf(table, [label!])}`;
      for (const [method, body] of [
        ["GET"],
        ["POST", row],
        ["PATCH", { [ACCESS_ROWS[table]!.key[0]!]: null }],
        ["DELETE"],
      ] as const) {
        const answer = await ask(who, method, method === "POST" ? bare(table) : path, body);
        expect(answer.status, `${who}: ${method} ${table} answers ${JSON.stringify(answer.body)}`).toBe(401);
      }
    }
  }
  expect(await everything()).toEqual(before);
});

test("neither our functions nor other schemas are shown", async () => {
  const functions = await project.database.asSuperuser(
    "select n.nspname as schema, proname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('public', 'renus')",
  );
  expect(functions.filter(({ schema }) => schema === "public")).toEqual([]);
  for (const { name } of functions)
    expect((await ask("admin", "POST", `rpc/${String(name)}`, {})).status, String(name)).toBe(404);
  for (const schema of ["auth", "renus", "supabase_migrations"]) {
    const response = await fetch(`${project.config.url}/rest/v1/users`, {
      headers: { ...headers["admin"], "Accept-Profile": schema },
    });
    expect([schema, response.status]).toEqual([schema, 406]);
  }
});

test("no row of one's own is tied to a row of another company", async () => {
  const links = await project.database.asSuperuser(`
    select 'public.' || c.relname as "table", a.attname as "column", rn.nspname || '.' || r.relname as target
      from pg_constraint f join pg_class c on c.oid = f.conrelid join pg_attribute a on a.attrelid = c.oid and a.attnum = f.conkey[1]
      join pg_class r on r.oid = f.confrelid join pg_namespace rn on rn.oid = r.relnamespace
     where f.contype = 'f' and c.relnamespace = 'public'::regnamespace and cardinality(f.conkey) = 1 order by 1, 2`);
  const holes: string[] = [];
  for (const { table, column, target } of links as Record<string, string>[]) {
    const reach = reachOf(table!, "person a1");
    const foreign = ACCESS_ROWS[target!]!.rows["b1"]![ACCESS_ROWS[target!]!.key[0]!];
    const tries = [
      ...reach.insert.map((label) => ["POST", bare(table!), ACCESS_ROWS[table!]!.fresh[label]] as const),
      ...reach.update.map((label) => ["PATCH", `${bare(table!)}?${filterOf(table!, [label])}`, {}] as const),
    ];
    for (const [method, path, row] of tries) {
      const answer = await ask("person a1", method, path, { ...row, [column!]: foreign });
      if (!isRefused(answer)) holes.push(`${method} ${table!}.${column!}: ${answer.status}`);
    }
  }
  expect(holes).toEqual([]);
});

test("members of a company do not lift what its agents may spend, administrators do", async () => {
  const path = `agents?${filterOf("public.agents", ["a1"])}`;
  const limits = { agent: { replies: 10 } };
  const changed = await ask("admin", "PATCH", path, { config: { limits } });
  expect(changed.body[0].config).toEqual({ limits });
  for (const config of [{}, { limits: { agent: { replies: 11 } } }]) {
    expect(await ask("person a1", "PATCH", path, { config })).toSatisfy(isRefused);
  }
  expect((await ask("person a1", "PATCH", path, { config: { limits, greeting: "Hi" } })).body[0].config).toMatchObject({
    limits,
  });
  const row = { ...ACCESS_ROWS["public.agents"]!.fresh["a1"], config: { limits: { agent: { replies: 1e9 } } } };
  expect(await ask("person a1", "POST", "agents", row)).toSatisfy(isRefused);
});
