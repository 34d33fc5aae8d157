-- What operators need beside a conversation: who waits for a person, notes, canned replies, corrections of the routing, search.

-- `last_role` and `is_failed` speak of the newest message that is no system line; `waiting` follows from them.
alter table public.conversations
  add column owner_name text,
  add column last_role text,
  add column is_failed boolean not null default false;
alter table public.conversations
  add column waiting boolean not null generated always as (
    status = 'open' and coalesce(case when owner = 'operator' then last_role = 'visitor' else is_failed end, false)
  ) stored;

update public.conversations c
   set last_role = m.role, is_failed = (m.role = 'assistant' and m.status = 'failed')
  from (select distinct on (conversation_id) conversation_id, role, status
          from public.messages where role <> 'system' order by conversation_id, seq desc) m
 where m.conversation_id = c.id;
update public.conversations c set owner_name = p.name from public.profiles p where p.id = c.owner_id;

-- Administrators see all companies, so that their list has no company to begin with.
create index idx_conversations_all_activity on public.conversations (coalesce(last_message_at, created_at) desc, id desc);
create index idx_conversations_waiting on public.conversations (client_id, coalesce(last_message_at, created_at) desc, id desc)
  where waiting;
create index idx_conversations_owner_id on public.conversations (owner_id, coalesce(last_message_at, created_at) desc, id desc)
  where owner = 'operator';
-- Whole words; what is being written is found once it is said.
create index idx_messages_search on public.messages using gin (to_tsvector('simple', content))
  where role <> 'system' and status <> 'streaming';

grant update (owner_name, last_role, is_failed) on public.conversations to authenticated;
grant update (last_role, is_failed) on public.conversations to renus_visitor;

create or replace function renus.append_message(
  p_conversation_id uuid, p_role text, p_content text, p_sender_id uuid, p_sender_name text,
  p_client_message_id uuid default null, p_reply_to uuid default null,
  p_status text default 'complete', p_attempt integer default 0, p_error_code text default null,
  out message public.messages, out duplicate boolean
) language plpgsql set search_path = '' as $$
declare
  conv record;
begin
  select id, client_id, status into conv from public.conversations where id = p_conversation_id for update;
  if not found then
    raise exception 'conversation not found' using errcode = 'RN404';
  end if;
  if p_client_message_id is not null then
    select * into message from public.messages m
     where m.conversation_id = p_conversation_id and m.client_message_id = p_client_message_id;
    if found then
      if message.content is distinct from p_content or message.role is distinct from p_role then
        raise exception 'client_message_id was used for another message' using errcode = 'RN409';
      end if;
      duplicate := true;
      return;
    end if;
  end if;
  if conv.status = 'closed' and p_role <> 'system' then
    raise exception 'conversation is closed' using errcode = 'RN410';
  end if;
  if p_reply_to is not null
     and not exists (select from public.messages m where m.id = p_reply_to and m.conversation_id = p_conversation_id) then
    raise exception 'reply_to is no message of this conversation' using errcode = 'RN400';
  end if;
  update public.conversations
     set last_seq = last_seq + 1, last_rev = last_rev + 1, last_message_at = clock_timestamp(), updated_at = clock_timestamp(),
         last_message_preview = case when p_content = '' then last_message_preview else left(p_content, 140) end,
         last_role = case when p_role = 'system' then last_role else p_role end,
         is_failed = case when p_role = 'system' then is_failed else p_status = 'failed' end
   where id = p_conversation_id
  returning last_seq, last_rev into message.seq, message.rev;
  insert into public.messages (conversation_id, client_id, seq, rev, role, content, status, sender_id, sender_name, attempt,
                               client_message_id, reply_to, error_code, created_at, updated_at)
  values (p_conversation_id, conv.client_id, message.seq, message.rev, p_role, p_content, p_status, p_sender_id, p_sender_name,
          p_attempt, p_client_message_id, p_reply_to, p_error_code, clock_timestamp(), clock_timestamp())
  returning * into message;
  duplicate := false;
end $$;

create or replace function renus.revise_message(
  p_message_id uuid, p_content text, p_status text, p_attempt integer default null, p_error_code text default null
) returns public.messages language plpgsql set search_path = '' as $$
declare
  result public.messages;
  next_rev integer;
begin
  update public.conversations c
     set last_rev = c.last_rev + 1, updated_at = clock_timestamp(),
         last_message_preview = case when p_content <> '' and c.last_seq = m.seq then left(p_content, 140) else c.last_message_preview end,
         is_failed = case when c.last_seq = m.seq then p_status = 'failed' else c.is_failed end
    from public.messages m where m.id = p_message_id and c.id = m.conversation_id
  returning c.last_rev into next_rev;
  update public.messages
     set content = coalesce(p_content, content), status = p_status, rev = next_rev, attempt = coalesce(p_attempt, attempt),
         error_code = p_error_code, updated_at = clock_timestamp()
   where id = p_message_id
  returning * into result;
  return result;
end $$;

-- Conversations of the caller's company with a message that has all the words, the last of which may go on; newest activity
-- first. With its owner's rights, because row-level security keeps PostgreSQL from asking the index of words before it has
-- looked at each row. Rare words are looked up there and all of their conversations are known. Words with more messages than
-- that are met soon by walking through the conversations; the index alone would have to gather and sort them all. Estimates of
-- how rare a beginning of a word is are guesses, so the plan is not left to them.
create function renus.search_conversations(
  p_query text, p_status text, p_agent_id uuid, p_owner text, p_owner_id uuid, p_waiting boolean,
  p_after_at timestamptz, p_after_id uuid, p_limit integer
) returns setof uuid language plpgsql stable security definer
set search_path = '' set enable_seqscan = off set enable_bitmapscan = on set gin_fuzzy_search_limit = 20000 as $$
declare
  rare_max constant integer := 10000;
  company uuid := renus.user_client_id();
  sees_all boolean := renus.is_admin();
  wanted tsquery := (nullif(plainto_tsquery('simple', p_query)::text, '') || ':*')::tsquery;
  found_in uuid[];
  has_words text := $sql$m.role <> 'system' and m.status <> 'streaming' and to_tsvector('simple', m.content) @@ $8$sql$;
begin
  if wanted is null or (company is null and not sees_all) then
    return;
  end if;
  found_in := array(
    select m.conversation_id from public.messages m
     where m.role <> 'system' and m.status <> 'streaming' and to_tsvector('simple', m.content) @@ wanted
     limit rare_max + 1);
  -- The limit of the index leaves rows out at random, which says how frequent words are and never which messages have them.
  if cardinality(found_in) <= rare_max then
    perform set_config('gin_fuzzy_search_limit', '0', true);
    found_in := array(
      select m.conversation_id from public.messages m
       where m.role <> 'system' and m.status <> 'streaming' and to_tsvector('simple', m.content) @@ wanted
       limit rare_max + 1);
  end if;
  if cardinality(found_in) > rare_max then
    perform set_config('enable_bitmapscan', 'off', true);
    has_words := 'exists (select from public.messages m where m.conversation_id = c.id and ' || has_words || ')';
  else
    has_words := 'c.id = any ($10)';
  end if;
  return query execute
    'select c.id from public.conversations c where ' || has_words
    || case when sees_all then '' else ' and c.client_id = $1' end
    || case when p_status is null then '' else ' and c.status = $2' end
    || case when p_agent_id is null then '' else ' and c.agent_id = $3' end
    || case when p_owner is null then '' else ' and c.owner = $4' end
    || case when p_owner_id is null then '' else ' and c.owner_id = $5' end
    || case when p_waiting then ' and c.waiting' else '' end
    || case when p_after_at is null then '' else ' and (coalesce(c.last_message_at, c.created_at), c.id) < ($6, $7)' end
    || ' order by coalesce(c.last_message_at, c.created_at) desc, c.id desc limit $9'
    using company, p_status, p_agent_id, p_owner, p_owner_id, p_after_at, p_after_id, wanted, p_limit, found_in;
end $$;
revoke all on function renus.search_conversations from public;
grant execute on function renus.search_conversations to authenticated;

-- Only colleagues see them.
create table public.conversation_notes (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  client_id uuid not null references public.clients (id) on delete cascade,
  author_id uuid,
  author_name text,
  content text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index idx_conversation_notes_conversation_id on public.conversation_notes (conversation_id, created_at);
create index idx_conversation_notes_client_id on public.conversation_notes (client_id);
alter table public.conversation_notes enable row level security;
revoke all on public.conversation_notes from anon, authenticated;
grant select, insert, update, delete on public.conversation_notes to service_role;
grant select, insert, delete, update (content, updated_at) on public.conversation_notes to authenticated;
create policy "Service has full access to conversation_notes" on public.conversation_notes
  to service_role using (true) with check (true);
create policy "Admins have full access to conversation_notes" on public.conversation_notes
  to authenticated using ((select renus.is_admin())) with check ((select renus.is_admin()));
create policy "Users can view notes of their client" on public.conversation_notes
  for select to authenticated using (client_id = (select renus.user_client_id()));
create policy "Users can write notes as themselves" on public.conversation_notes
  for insert to authenticated
  with check (client_id = (select renus.user_client_id()) and author_id = (select auth.uid())
              and conversation_id in (select id from public.conversations where client_id = (select renus.user_client_id())));
create policy "Users can change their own notes" on public.conversation_notes
  for update to authenticated
  using (client_id = (select renus.user_client_id()) and author_id = (select auth.uid()))
  with check (client_id = (select renus.user_client_id()) and author_id = (select auth.uid()));
create policy "Users can delete their own notes" on public.conversation_notes
  for delete to authenticated using (client_id = (select renus.user_client_id()) and author_id = (select auth.uid()));

-- What a company answers often.
create table public.canned_replies (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id) on delete cascade,
  shortcut text not null,
  content text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint canned_replies_shortcut_key unique (client_id, shortcut)
);
create trigger update_canned_replies_updated_at before update on public.canned_replies
  for each row execute function renus.touch_updated_at();
alter table public.canned_replies enable row level security;
revoke all on public.canned_replies from anon, authenticated;
grant select, insert, update, delete on public.canned_replies to service_role;
grant select, insert, delete, update (shortcut, content) on public.canned_replies to authenticated;
create policy "Service has full access to canned_replies" on public.canned_replies
  to service_role using (true) with check (true);
create policy "Admins have full access to canned_replies" on public.canned_replies
  to authenticated using ((select renus.is_admin())) with check ((select renus.is_admin()));
create policy "Users can keep canned replies of their client" on public.canned_replies
  to authenticated using (client_id = (select renus.user_client_id())) with check (client_id = (select renus.user_client_id()));

-- "Wrong specialist": what a visitor wrote, with who should have answered (null: the main agent).
create table public.routing_examples (
  message_id uuid primary key references public.messages (id) on delete cascade,
  agent_id uuid not null references public.agents (id) on delete cascade,
  client_id uuid not null references public.clients (id) on delete cascade,
  text text not null,
  chosen_sub_agent_id uuid references public.sub_agents (id) on delete set null,
  expected_sub_agent_id uuid references public.sub_agents (id) on delete cascade,
  created_by uuid,
  created_at timestamptz not null default now()
);
create index idx_routing_examples_agent_id on public.routing_examples (agent_id, created_at desc);
create index idx_routing_examples_client_id on public.routing_examples (client_id);
create index idx_routing_examples_chosen on public.routing_examples (chosen_sub_agent_id);
create index idx_routing_examples_expected on public.routing_examples (expected_sub_agent_id);
alter table public.routing_examples enable row level security;
revoke all on public.routing_examples from anon, authenticated;
grant select, insert, update, delete on public.routing_examples to service_role;
grant select, insert, delete, update (expected_sub_agent_id, created_by, created_at) on public.routing_examples to authenticated;
create policy "Service has full access to routing_examples" on public.routing_examples
  to service_role using (true) with check (true);
create policy "Admins have full access to routing_examples" on public.routing_examples
  to authenticated using ((select renus.is_admin())) with check ((select renus.is_admin()));
create policy "Users can label examples of their client" on public.routing_examples
  to authenticated using (client_id = (select renus.user_client_id()))
  with check (client_id = (select renus.user_client_id())
              and agent_id in (select id from public.agents where client_id = (select renus.user_client_id())));
