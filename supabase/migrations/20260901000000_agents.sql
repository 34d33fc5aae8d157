-- Agents own specialised sub-agents. Every former sub-agent with a client becomes an agent under its own id, so that
-- whatever pointed at it (conversations, printed QR codes, bookmarked URLs) points at the same thing.

-- Helpers of the policies live outside `public`, which Supabase exposes over HTTP.
create schema if not exists renus;
revoke all on schema renus from public;

do $$
begin
  if not exists (select from pg_roles where rolname = 'renus_visitor') then
    create role renus_visitor nologin noinherit;
  end if;
-- Roles belong to the whole cluster: another database's migration may create it at the same moment.
exception when duplicate_object or unique_violation then null;
end $$;

grant usage on schema renus to authenticated, service_role, renus_visitor;
grant usage on schema public to authenticated, service_role, renus_visitor;

-- Policies add up: a former one that stayed would let in whom the new ones keep out, and it may hold on to client_id.
do $$
declare old record;
begin
  for old in select tablename, policyname from pg_policies
              where schemaname = 'public' and tablename in ('clients', 'profiles', 'sub_agents', 'conversations', 'messages') loop
    execute format('drop policy %I on public.%I', old.policyname, old.tablename);
  end loop;
end $$;

create function renus.touch_updated_at() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end $$;

-- Security definer: the policies of profiles would otherwise read profiles.
create function renus.is_admin() returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select from public.profiles where id = auth.uid() and role = 'admin')
$$;
create function renus.user_client_id() returns uuid language sql stable security definer set search_path = '' as $$
  select client_id from public.profiles where id = auth.uid() and role = 'client'
$$;
create function renus.claim_uuid(name text) returns uuid language sql stable set search_path = '' as $$
  select nullif(coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb ->> name, '')::uuid
$$;
revoke all on all functions in schema renus from public;
grant execute on function renus.is_admin(), renus.user_client_id() to authenticated;
grant execute on function renus.claim_uuid(text) to authenticated, renus_visitor;

create table public.agents (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id) on delete cascade,
  name text not null,
  description text,
  slug text unique not null,
  model text not null default 'gpt-4o-mini',
  system_prompt text not null,
  channel text not null default 'whatsapp',
  template_type text,
  status text not null default 'draft' check (status in ('draft', 'active', 'inactive')),
  is_public boolean not null default false,
  public_url text,
  config jsonb not null default '{}',
  access_count integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index idx_agents_client_id on public.agents (client_id);
create index idx_agents_status on public.agents (status);
create index idx_agents_slug on public.agents (slug);
create index idx_agents_is_public on public.agents (is_public);

alter table public.agents enable row level security;
revoke all on public.agents from anon, authenticated;
grant select, insert, update, delete on public.agents to authenticated, service_role;

create policy "Admins have full access to agents" on public.agents
  to authenticated using ((select renus.is_admin())) with check ((select renus.is_admin()));
create policy "Clients can view own agents" on public.agents
  for select to authenticated using (client_id = (select renus.user_client_id()));
create policy "Clients can create own agents" on public.agents
  for insert to authenticated with check (client_id = (select renus.user_client_id()));
create policy "Clients can change own agents" on public.agents
  for update to authenticated
  using (client_id = (select renus.user_client_id())) with check (client_id = (select renus.user_client_id()));
create policy "Clients can delete own agents" on public.agents
  for delete to authenticated using (client_id = (select renus.user_client_id()));
create policy "Service has full access to agents" on public.agents
  to service_role using (true) with check (true);

-- An unowned sub-agent that served somebody belongs to whom it served last.
update public.sub_agents s
   set client_id = c.client_id
  from (select distinct on (sub_agent_id) sub_agent_id, client_id
          from public.conversations where sub_agent_id is not null
         order by sub_agent_id, created_at desc, id) c
 where s.client_id is null and c.sub_agent_id = s.id;

insert into public.agents (id, client_id, name, description, slug, model, system_prompt, channel, template_type, status,
                           is_public, public_url, config, access_count, created_at, updated_at)
select id, client_id, name, description,
       -- Slugs were optional; the id makes an unpublished one unique.
       coalesce(nullif(btrim(slug), ''), 'agent-' || id),
       model, system_prompt, channel, template_type,
       case when status in ('draft', 'active', 'inactive') then status when status = 'published' then 'active' else 'inactive' end,
       is_public, public_url, config, access_count, created_at, updated_at
  from public.sub_agents where client_id is not null;

-- After the copy: moved rows keep their `updated_at`.
create trigger update_agents_updated_at before update on public.agents
  for each row execute function renus.touch_updated_at();

alter table public.conversations add column agent_id uuid references public.agents (id) on delete cascade;
update public.conversations set agent_id = sub_agent_id where sub_agent_id is not null;
update public.conversations set sub_agent_id = null where sub_agent_id is not null;

-- Nothing is thrown away: rows that belong to nobody stay readable for the service.
create table public.sub_agents_unowned as
  select id, to_jsonb(s) as data, now() as archived_at from public.sub_agents s where client_id is null;
alter table public.sub_agents_unowned add primary key (id);
alter table public.sub_agents_unowned enable row level security;
revoke all on public.sub_agents_unowned from anon, authenticated;
grant select, delete on public.sub_agents_unowned to service_role;
create policy "Service has full access to unowned sub_agents" on public.sub_agents_unowned
  to service_role using (true) with check (true);

delete from public.sub_agents;

drop index public.idx_sub_agents_client_id;
alter table public.sub_agents
  drop column client_id, drop column slug, drop column template_type, drop column status, drop column is_public,
  drop column public_url, drop column config, drop column access_count,
  alter column model drop not null, alter column model drop default,
  alter column channel drop not null, alter column channel drop default,
  alter column system_prompt drop default,
  add column agent_id uuid not null references public.agents (id) on delete cascade,
  add column topics text[] not null default '{}',
  add column is_active boolean not null default true,
  add column knowledge_base jsonb not null default '{}',
  add column fine_tuning_config jsonb not null default '{}';
create index idx_sub_agents_agent_id on public.sub_agents (agent_id);
create trigger update_sub_agents_updated_at before update on public.sub_agents
  for each row execute function renus.touch_updated_at();

revoke all on public.sub_agents from anon, authenticated;
grant select, insert, update, delete on public.sub_agents to authenticated, service_role;
create policy "Users can view sub_agents of their agents" on public.sub_agents
  for select to authenticated
  using (agent_id in (select id from public.agents where client_id = (select renus.user_client_id())));
create policy "Users can create sub_agents of their agents" on public.sub_agents
  for insert to authenticated
  with check (agent_id in (select id from public.agents where client_id = (select renus.user_client_id())));
create policy "Users can change sub_agents of their agents" on public.sub_agents
  for update to authenticated
  using (agent_id in (select id from public.agents where client_id = (select renus.user_client_id())))
  with check (agent_id in (select id from public.agents where client_id = (select renus.user_client_id())));
create policy "Users can delete sub_agents of their agents" on public.sub_agents
  for delete to authenticated
  using (agent_id in (select id from public.agents where client_id = (select renus.user_client_id())));
create policy "Service has full access to sub_agents" on public.sub_agents
  to service_role using (true) with check (true);
create policy "Admins have full access to sub_agents" on public.sub_agents
  to authenticated using ((select renus.is_admin())) with check ((select renus.is_admin()));
