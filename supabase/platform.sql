-- Stand-in for what a Supabase project brings along: its roles and the parts of `auth` that our migrations and the
-- embedded sign-in use. Applied before the migrations on PGlite and plain PostgreSQL, never on Supabase. Safe to repeat.

do $$
declare role_name text;
begin
  foreach role_name in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select from pg_roles where rolname = role_name) then
      begin
        execute format('create role %I nologin noinherit', role_name);
      -- Roles belong to the whole cluster: another database's migration may create them at the same moment.
      exception when duplicate_object or unique_violation then null;
      end;
    end if;
  end loop;
end $$;

create schema if not exists auth;
revoke all on schema auth from public;
grant usage on schema auth to anon, authenticated, service_role;
revoke create on schema public from public;

create or replace function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb
$$;
create or replace function auth.uid() returns uuid language sql stable as $$
  select nullif(auth.jwt() ->> 'sub', '')::uuid
$$;
create or replace function auth.role() returns text language sql stable as $$
  select auth.jwt() ->> 'role'
$$;

create table if not exists auth.users (
  id uuid primary key default gen_random_uuid(),
  email text not null,
  encrypted_password text,
  raw_app_meta_data jsonb not null default '{}',
  raw_user_meta_data jsonb not null default '{}',
  email_confirmed_at timestamptz,
  last_sign_in_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index if not exists users_email_key on auth.users (lower(email));

-- One row a sign-in; revoking it ends the whole family of refresh tokens.
create table if not exists auth.sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  created_at timestamptz not null default now(),
  refreshed_at timestamptz,
  revoked_at timestamptz
);
create index if not exists sessions_user_id_idx on auth.sessions (user_id);

-- Only the SHA-256 of a refresh token is kept. `used_at` marks a rotated one: seeing it again is reuse.
create table if not exists auth.refresh_tokens (
  token_hash text primary key,
  session_id uuid not null references auth.sessions (id) on delete cascade,
  parent_hash text,
  created_at timestamptz not null default now(),
  used_at timestamptz
);
create index if not exists refresh_tokens_session_id_idx on auth.refresh_tokens (session_id);

alter table auth.users enable row level security;
alter table auth.sessions enable row level security;
alter table auth.refresh_tokens enable row level security;
revoke all on auth.users, auth.sessions, auth.refresh_tokens from public, anon, authenticated;
grant select, insert, update, delete on auth.users, auth.sessions, auth.refresh_tokens to service_role;

do $$
declare table_name text;
begin
  foreach table_name in array array['users', 'sessions', 'refresh_tokens'] loop
    if not exists (select from pg_policies where schemaname = 'auth' and tablename = table_name) then
      execute format('create policy "Service has full access" on auth.%I to service_role using (true) with check (true)', table_name);
    end if;
  end loop;
end $$;
