-- On which websites the chat of an agent was used, as browsers told: written when a session begins there, never by people.
create table public.agent_installs (
  agent_id uuid not null references public.agents (id) on delete cascade,
  client_id uuid not null references public.clients (id) on delete cascade,
  origin text not null check (length(origin) <= 300),
  widget_version text,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  -- Counted at most once a minute, so that a busy website does not write all the time.
  sessions integer not null default 1,
  primary key (agent_id, origin)
);
create index idx_agent_installs_client_id on public.agent_installs (client_id);

alter table public.agent_installs enable row level security;
revoke all on public.agent_installs from anon, authenticated;
grant select, insert, update, delete on public.agent_installs to service_role;
grant select on public.agent_installs to authenticated;
create policy "Service has full access to agent_installs" on public.agent_installs
  to service_role using (true) with check (true);
create policy "Admins have full access to agent_installs" on public.agent_installs
  to authenticated using ((select renus.is_admin())) with check ((select renus.is_admin()));
create policy "Users can view agent_installs of their client" on public.agent_installs
  for select to authenticated using (client_id = (select renus.user_client_id()));
