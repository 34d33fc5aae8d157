import type { PostgresServer } from "./postgres.ts";
import { withOwnerSession } from "../../api/db/postgres.ts";

/** What a Supabase project brings along, as far as migrations and policies can notice it: its roles … */
const ROLES = `
  drop role renus_api; drop role renus_visitor; drop role anon; drop role authenticated; drop role service_role;
  create role supabase_auth_admin login noinherit createrole;
  create role anon nologin noinherit;
  create role authenticated nologin noinherit;
  create role service_role nologin noinherit bypassrls;
  create role project login createrole createdb bypassrls password 'project';
  grant anon, authenticated, service_role to project with admin option;`;
/** … a schema of sign-in that is not the owner's … */
const AUTH_SCHEMA = `create schema auth authorization supabase_auth_admin;
  grant usage on schema auth to project, anon, authenticated, service_role;`;
const AUTH_USERS = `set role supabase_auth_admin;
  create table auth.users (id uuid primary key, email text, raw_user_meta_data jsonb, created_at timestamptz);
  alter table auth.users enable row level security;
  grant all on auth.users to project;
  reset role;`;
/** … and how policies learn who asks. */
const AUTH_FUNCTIONS = `
  create or replace function auth.uid() returns uuid language sql stable as $$
    select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
                    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'))::uuid $$;
  create or replace function auth.jwt() returns jsonb language sql stable as $$
    select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;`;
/** Projects made before 2026-10-30 give everything to everybody. */
export const OLD_DEFAULT_GRANTS = `
  alter default privileges for role project in schema public grant all on tables to anon, authenticated, service_role;
  alter default privileges for role project in schema public grant all on functions to anon, authenticated, service_role;`;

export interface SupabaseDatabase {
  /** Connection string of the project's `postgres`, who owns the database and is no superuser. */
  readonly url: string;
  /** Of a superuser, for the parts that are Supabase's own. */
  readonly superUrl: string;
  /** One statement past every right. */
  asSuperuser(sqlText: string, params?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

/** Turns a server of its own into that of a new Supabase project, in which nothing of ours has happened. */
export async function createSupabaseDatabase(
  server: PostgresServer,
  options: { defaultGrants?: string; makeAuthUsers?: (superUrl: string) => Promise<unknown> } = {},
): Promise<SupabaseDatabase> {
  const superUrl = server.superUrl("project");
  await withOwnerSession(server.superUrl("postgres"), async (session) => {
    await session.query("drop database renus_template");
    await session.exec(ROLES);
    await session.query("create database project owner project");
  });
  const asSuperuser: SupabaseDatabase["asSuperuser"] = (sqlText, params) =>
    withOwnerSession(superUrl, (session) => session.query(sqlText, params));
  await withOwnerSession(superUrl, (session) => session.exec(AUTH_SCHEMA));
  if (options.makeAuthUsers) await options.makeAuthUsers(superUrl);
  else await withOwnerSession(superUrl, (session) => session.exec(AUTH_USERS));
  await withOwnerSession(superUrl, (session) => session.exec(AUTH_FUNCTIONS + (options.defaultGrants ?? "")));
  return { url: `postgres://project:project@127.0.0.1:${server.port}/project`, superUrl, asSuperuser };
}
