-- Who a visitor is on the site that shows the chat, what their page says, and what they think of a reply.

-- The site signs with it who its visitors are. Apart from agents, whose rows travel to more places than a secret may.
create table public.agent_secrets (
  agent_id uuid primary key references public.agents (id) on delete cascade,
  client_id uuid not null references public.clients (id) on delete cascade,
  identity_secret text not null,
  -- When this secret was made: a new one starts anew.
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index idx_agent_secrets_client_id on public.agent_secrets (client_id);
create trigger update_agent_secrets_updated_at before update on public.agent_secrets
  for each row execute function renus.touch_updated_at();

-- Agents that are there already: 48 bytes, of which 366 bits are random, as 64 characters of base64url.
insert into public.agent_secrets (agent_id, client_id, identity_secret)
select id, client_id,
       translate(encode(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 'base64'), '+/', '-_')
  from public.agents;

alter table public.agent_secrets enable row level security;
revoke all on public.agent_secrets from anon, authenticated;
grant select, insert, update, delete on public.agent_secrets to service_role;
grant select, insert (agent_id, client_id, identity_secret), update (identity_secret, created_at) on public.agent_secrets to authenticated;
create policy "Service has full access to agent_secrets" on public.agent_secrets
  to service_role using (true) with check (true);
create policy "Admins have full access to agent_secrets" on public.agent_secrets
  to authenticated using ((select renus.is_admin())) with check ((select renus.is_admin()));
create policy "Users can view secrets of their agents" on public.agent_secrets
  for select to authenticated
  using (agent_id in (select id from public.agents where client_id = (select renus.user_client_id())));
create policy "Users can create secrets of their agents" on public.agent_secrets
  for insert to authenticated
  with check (client_id = (select renus.user_client_id())
              and agent_id in (select id from public.agents where client_id = (select renus.user_client_id())));
create policy "Users can change secrets of their agents" on public.agent_secrets
  for update to authenticated
  using (agent_id in (select id from public.agents where client_id = (select renus.user_client_id())))
  with check (agent_id in (select id from public.agents where client_id = (select renus.user_client_id())));

-- `external_id` is the site's own id of a person, proven by a signed token; then and only then `is_verified`.
alter table public.visitors
  add column external_id text,
  add column name text,
  add column email text,
  add column is_verified boolean not null default false;
create unique index idx_visitors_external_id on public.visitors (agent_id, external_id) where external_id is not null;

alter table public.conversations
  add column meta jsonb not null default '{}',
  add column widget_version text;

alter table public.messages add column feedback text check (feedback in ('up', 'down'));

-- The one column of a message that visitors may change, and only of what was said to them.
grant update (feedback) on public.messages to renus_visitor;
create policy "Visitors can rate replies" on public.messages
  for update to renus_visitor
  using (role = 'assistant' and status in ('complete', 'cancelled')
         and conversation_id in (select id from public.conversations where visitor_id = (select renus.claim_uuid('sub'))))
  with check (role = 'assistant' and status in ('complete', 'cancelled')
              and conversation_id in (select id from public.conversations where visitor_id = (select renus.claim_uuid('sub'))));

-- Takes the next rev where whoever rates may not write one.
create function renus.revise_by_feedback() returns trigger language plpgsql set search_path = '' as $$
begin
  update public.conversations set last_rev = last_rev + 1, updated_at = clock_timestamp()
   where id = new.conversation_id
  returning last_rev into new.rev;
  new.updated_at := clock_timestamp();
  return new;
end $$;
create trigger revise_messages_by_feedback before update of feedback on public.messages
  for each row when (old.feedback is distinct from new.feedback) execute function renus.revise_by_feedback();

-- What a visitor thinks of a reply; null takes it back. `message` is null where the caller may not, or where there is
-- nothing to rate. The same rating again changes nothing.
create function renus.rate_message(p_message_id uuid, p_feedback text, out message public.messages, out changed boolean)
language plpgsql set search_path = '' as $$
begin
  changed := false;
  -- The conversation is locked before its messages, as everywhere.
  perform from public.conversations c join public.messages m on m.conversation_id = c.id where m.id = p_message_id for update of c;
  select * into message from public.messages m
   where m.id = p_message_id and m.role = 'assistant' and m.status in ('complete', 'cancelled');
  if not found or message.feedback is not distinct from p_feedback then
    return;
  end if;
  update public.messages set feedback = p_feedback where id = p_message_id returning * into message;
  changed := true;
end $$;

revoke all on function renus.revise_by_feedback, renus.rate_message from public;
grant execute on function renus.rate_message to renus_visitor;
