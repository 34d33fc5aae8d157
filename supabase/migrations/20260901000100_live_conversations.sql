-- Live conversations: visitors, dense order, ownership, reply jobs under a lease, and who may see what.

alter table public.profiles add column name text, add column email text;
create trigger update_clients_updated_at before update on public.clients
  for each row execute function renus.touch_updated_at();
create trigger update_profiles_updated_at before update on public.profiles
  for each row execute function renus.touch_updated_at();

create table public.visitors (
  id uuid primary key default gen_random_uuid(),
  agent_id uuid not null references public.agents (id) on delete cascade,
  client_id uuid not null references public.clients (id) on delete cascade,
  locale text,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now()
);
create index idx_visitors_agent_id on public.visitors (agent_id);
create index idx_visitors_client_id on public.visitors (client_id);

alter table public.conversations
  add column visitor_id uuid references public.visitors (id) on delete cascade,
  add column owner text not null default 'assistant' check (owner in ('assistant', 'operator')),
  add column owner_id uuid,
  add column owner_epoch integer not null default 0,
  add column last_seq integer not null default 0,
  add column last_rev integer not null default 0,
  add column last_message_preview text,
  add column last_message_at timestamptz,
  add column source text,
  add column locale text,
  add column page_url text;
update public.conversations set status = case when status in ('open', 'active') then 'open' else 'closed' end;
alter table public.conversations alter column status set default 'open';
alter table public.conversations add constraint conversations_status_check check (status in ('open', 'closed'));
create index idx_conversations_agent_id on public.conversations (agent_id, last_message_at desc);
create index idx_conversations_visitor_id on public.conversations (visitor_id);
create index idx_conversations_activity on public.conversations (client_id, (coalesce(last_message_at, created_at)) desc, id desc);

alter table public.messages
  add column client_id uuid references public.clients (id) on delete cascade,
  add column seq integer,
  add column rev integer,
  add column status text not null default 'complete' check (status in ('complete', 'streaming', 'cancelled', 'failed')),
  add column sender_id uuid,
  add column sender_name text,
  add column attempt integer not null default 0,
  add column client_message_id uuid,
  add column reply_to uuid,
  add column error_code text,
  add column updated_at timestamptz not null default now();
-- The former product wrote 'user' for visitors.
update public.messages set role = 'visitor' where role in ('user', 'human', 'customer');
update public.messages set role = 'operator' where role = 'agent';
update public.messages set role = 'system' where role not in ('visitor', 'assistant', 'operator', 'system');
update public.messages m
   set seq = o.seq, rev = o.seq, client_id = o.client_id, updated_at = m.created_at
  from (select m.id, c.client_id, row_number() over (partition by m.conversation_id order by m.created_at, m.id) as seq
          from public.messages m join public.conversations c on c.id = m.conversation_id) o
 where o.id = m.id;
update public.conversations c
   set last_seq = m.count, last_rev = m.count, last_message_at = m.latest,
       last_message_preview = (select left(content, 140) from public.messages where conversation_id = c.id order by seq desc limit 1)
  from (select conversation_id, count(*)::integer as count, max(created_at) as latest from public.messages group by 1) m
 where m.conversation_id = c.id;
alter table public.messages
  alter column client_id set not null, alter column seq set not null, alter column rev set not null,
  add constraint messages_role_check check (role in ('visitor', 'assistant', 'operator', 'system')),
  add constraint messages_seq_key unique (conversation_id, seq),
  add constraint messages_rev_key unique (conversation_id, rev),
  add constraint messages_client_message_id_key unique (conversation_id, client_message_id);
drop index public.idx_messages_conversation_id;
create index idx_messages_client_id on public.messages (client_id);

-- Who has read how far.
create table public.participants (
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  user_id uuid not null,
  client_id uuid not null references public.clients (id) on delete cascade,
  kind text not null check (kind in ('visitor', 'operator')),
  last_read_seq integer not null default 0,
  updated_at timestamptz not null default now(),
  primary key (conversation_id, user_id)
);
create index idx_participants_client_id on public.participants (client_id);

-- One wished-for reply. A worker holds it under a lease; `fence` rises whenever somebody else may write, so that a
-- worker that was presumed dead or superseded changes nothing. Times are the database's clock.
create table public.reply_jobs (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  client_id uuid not null references public.clients (id) on delete cascade,
  status text not null default 'queued' check (status in ('queued', 'running', 'complete', 'failed', 'cancelled')),
  -- The reply has read the conversation up to here.
  up_to_seq integer not null,
  -- Set once the first token is stored.
  message_id uuid references public.messages (id) on delete set null,
  owner_epoch integer not null,
  fence integer not null default 0,
  attempt integer not null default 0,
  worker_id text,
  lease_until timestamptz,
  cancel_requested boolean not null default false,
  error_code text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index idx_reply_jobs_one_queued on public.reply_jobs (conversation_id) where status = 'queued';
create unique index idx_reply_jobs_one_running on public.reply_jobs (conversation_id) where status = 'running';
create index idx_reply_jobs_pending on public.reply_jobs (created_at) where status in ('queued', 'running');
create index idx_reply_jobs_conversation_id on public.reply_jobs (conversation_id);
create index idx_reply_jobs_client_id on public.reply_jobs (client_id);
create index idx_reply_jobs_message_id on public.reply_jobs (message_id);

-- Why each answer was given. Apart from messages, because visitors may read those.
create table public.message_traces (
  message_id uuid primary key references public.messages (id) on delete cascade,
  client_id uuid not null references public.clients (id) on delete cascade,
  trace jsonb not null,
  created_at timestamptz not null default now()
);
create index idx_message_traces_client_id on public.message_traces (client_id);

-- Row-level security. Users see their company; visitors see what carries their own id; the service sees all.
do $$
declare t text;
begin
  foreach t in array array['visitors', 'participants', 'reply_jobs', 'message_traces'] loop
    execute format('alter table public.%I enable row level security', t);
  end loop;
  foreach t in array array['clients', 'profiles', 'visitors', 'conversations', 'messages', 'participants', 'reply_jobs', 'message_traces'] loop
    execute format('revoke all on public.%I from anon, authenticated', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
    execute format('create policy "Service has full access to %s" on public.%I to service_role using (true) with check (true)', t, t);
    execute format('create policy "Admins have full access to %s" on public.%I to authenticated using ((select renus.is_admin())) with check ((select renus.is_admin()))', t, t);
  end loop;
  foreach t in array array['visitors', 'conversations', 'messages', 'participants', 'reply_jobs', 'message_traces'] loop
    execute format('create policy "Users can view %s of their client" on public.%I for select to authenticated using (client_id = (select renus.user_client_id()))', t, t);
  end loop;
end $$;

grant select, insert, update, delete on public.clients, public.profiles to authenticated;
create policy "Users can view their client" on public.clients
  for select to authenticated using (id = (select renus.user_client_id()));
create policy "Users can view their profile" on public.profiles
  for select to authenticated using (id = (select auth.uid()));

grant select on public.visitors, public.message_traces to authenticated;
-- Column by column: a row-level check alone would let a person point a row of theirs at another company's conversation.
grant select on public.conversations to authenticated;
grant update (status, owner, owner_id, owner_epoch, last_seq, last_rev, last_message_preview, last_message_at, updated_at)
  on public.conversations to authenticated;
create policy "Users can answer conversations of their client" on public.conversations
  for update to authenticated
  using (client_id = (select renus.user_client_id())) with check (client_id = (select renus.user_client_id()));

grant select on public.messages to authenticated;
grant insert (conversation_id, client_id, seq, rev, role, content, status, sender_id, sender_name, attempt, client_message_id,
              reply_to, error_code, created_at, updated_at) on public.messages to authenticated, renus_visitor;
grant update (content, status, rev, attempt, error_code, updated_at) on public.messages to authenticated;
create policy "Users can write messages of their client" on public.messages
  for insert to authenticated
  with check (client_id = (select renus.user_client_id())
              and (role = 'system' or (role = 'operator' and sender_id = (select auth.uid())))
              and conversation_id in (select id from public.conversations where client_id = (select renus.user_client_id())));
-- A take-over ends the reply in flight.
create policy "Users can end replies of their client" on public.messages
  for update to authenticated
  using (client_id = (select renus.user_client_id()) and role = 'assistant')
  with check (client_id = (select renus.user_client_id()) and role = 'assistant');

grant select, insert on public.participants to authenticated;
grant update (last_read_seq, updated_at) on public.participants to authenticated, renus_visitor;
create policy "Users can mark read as themselves" on public.participants
  for insert to authenticated
  with check (client_id = (select renus.user_client_id()) and user_id = (select auth.uid()) and kind = 'operator'
              and conversation_id in (select id from public.conversations where client_id = (select renus.user_client_id())));
create policy "Users can move their own mark" on public.participants
  for update to authenticated
  using (client_id = (select renus.user_client_id()) and user_id = (select auth.uid()))
  with check (client_id = (select renus.user_client_id()) and user_id = (select auth.uid()));

-- Never message_id: the worker would write its reply over that message.
grant select on public.reply_jobs to authenticated;
grant insert (conversation_id, client_id, up_to_seq, owner_epoch) on public.reply_jobs to authenticated, renus_visitor;
grant update (status, up_to_seq, fence, cancel_requested, worker_id, lease_until, error_code, updated_at)
  on public.reply_jobs to authenticated, renus_visitor;
create policy "Users can ask for replies of their client" on public.reply_jobs
  for insert to authenticated
  with check (client_id = (select renus.user_client_id())
              and conversation_id in (select id from public.conversations where client_id = (select renus.user_client_id())));
create policy "Users can end jobs of their client" on public.reply_jobs
  for update to authenticated
  using (client_id = (select renus.user_client_id())) with check (client_id = (select renus.user_client_id()));

-- Visitors. The claim `sub` is the visitor's id; a conversation of another visitor does not exist for them.
grant select on public.visitors, public.conversations, public.messages, public.participants, public.reply_jobs to renus_visitor;
grant update (last_seq, last_rev, last_message_preview, last_message_at, updated_at) on public.conversations to renus_visitor;
grant insert on public.participants to renus_visitor;

create policy "Visitors can view themselves" on public.visitors
  for select to renus_visitor using (id = (select renus.claim_uuid('sub')));
create policy "Visitors can view own conversations" on public.conversations
  for select to renus_visitor using (visitor_id = (select renus.claim_uuid('sub')));
create policy "Visitors can move own conversations" on public.conversations
  for update to renus_visitor
  using (visitor_id = (select renus.claim_uuid('sub'))) with check (visitor_id = (select renus.claim_uuid('sub')));
create policy "Visitors can view own messages" on public.messages
  for select to renus_visitor
  using (conversation_id in (select id from public.conversations where visitor_id = (select renus.claim_uuid('sub'))));
create policy "Visitors can write own messages" on public.messages
  for insert to renus_visitor
  with check (role = 'visitor' and status = 'complete' and sender_id = (select renus.claim_uuid('sub'))
              and exists (select from public.conversations c
                           where c.id = conversation_id and c.client_id = messages.client_id
                             and c.visitor_id = (select renus.claim_uuid('sub'))));
create policy "Visitors can view marks of own conversations" on public.participants
  for select to renus_visitor
  using (conversation_id in (select id from public.conversations where visitor_id = (select renus.claim_uuid('sub'))));
create policy "Visitors can mark read as themselves" on public.participants
  for insert to renus_visitor
  with check (user_id = (select renus.claim_uuid('sub')) and kind = 'visitor'
              and exists (select from public.conversations c
                           where c.id = conversation_id and c.client_id = participants.client_id
                             and c.visitor_id = (select renus.claim_uuid('sub'))));
create policy "Visitors can move their own mark" on public.participants
  for update to renus_visitor
  using (user_id = (select renus.claim_uuid('sub'))) with check (user_id = (select renus.claim_uuid('sub')));
create policy "Visitors can view own jobs" on public.reply_jobs
  for select to renus_visitor
  using (conversation_id in (select id from public.conversations where visitor_id = (select renus.claim_uuid('sub'))));
create policy "Visitors can ask for replies" on public.reply_jobs
  for insert to renus_visitor
  with check (exists (select from public.conversations c
                       where c.id = conversation_id and c.client_id = reply_jobs.client_id
                         and c.visitor_id = (select renus.claim_uuid('sub'))));
create policy "Visitors can change own jobs" on public.reply_jobs
  for update to renus_visitor
  using (conversation_id in (select id from public.conversations where visitor_id = (select renus.claim_uuid('sub'))))
  with check (conversation_id in (select id from public.conversations where visitor_id = (select renus.claim_uuid('sub'))));

-- Appends one message: takes the next seq and rev on the conversation row, which also serialises writers, so that the
-- order of commits is the order of seq. The same client_message_id again returns the stored row with duplicate = true.
-- Runs with the caller's rights: row-level security decides. Errors: RN404 no such conversation, RN409 the id was used
-- for other content, RN410 the conversation is closed, RN400 reply_to is no message of this conversation.
create function renus.append_message(
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
         last_message_preview = case when p_content = '' then last_message_preview else left(p_content, 140) end
   where id = p_conversation_id
  returning last_seq, last_rev into message.seq, message.rev;
  insert into public.messages (conversation_id, client_id, seq, rev, role, content, status, sender_id, sender_name, attempt,
                               client_message_id, reply_to, error_code, created_at, updated_at)
  values (p_conversation_id, conv.client_id, message.seq, message.rev, p_role, p_content, p_status, p_sender_id, p_sender_name,
          p_attempt, p_client_message_id, p_reply_to, p_error_code, clock_timestamp(), clock_timestamp())
  returning * into message;
  duplicate := false;
end $$;

-- Wishes for a reply that has read everything up to p_up_to_seq. A job that has not spoken yet is superseded: it reads on
-- and starts again under a new fence. One that speaks already is left alone, and one more job waits behind it.
create function renus.request_reply(p_conversation_id uuid, p_up_to_seq integer) returns uuid
language plpgsql set search_path = '' as $$
declare
  job uuid;
  conv record;
begin
  select client_id, owner, owner_epoch into conv from public.conversations where id = p_conversation_id for update;
  if not found or conv.owner <> 'assistant' then
    return null;
  end if;
  update public.reply_jobs
     set up_to_seq = p_up_to_seq, updated_at = clock_timestamp()
   where conversation_id = p_conversation_id and status = 'queued'
  returning id into job;
  if job is not null then return job; end if;
  update public.reply_jobs
     set status = 'queued', up_to_seq = p_up_to_seq, fence = fence + 1, worker_id = null, lease_until = null, updated_at = clock_timestamp()
   where conversation_id = p_conversation_id and status = 'running' and message_id is null and not cancel_requested
  returning id into job;
  if job is not null then return job; end if;
  insert into public.reply_jobs (conversation_id, client_id, up_to_seq, owner_epoch)
  values (p_conversation_id, conv.client_id, p_up_to_seq, conv.owner_epoch)
  returning id into job;
  return job;
end $$;

-- Changes a message under the next rev of its conversation. Returns null where the caller may not.
create function renus.revise_message(
  p_message_id uuid, p_content text, p_status text, p_attempt integer default null, p_error_code text default null
) returns public.messages language plpgsql set search_path = '' as $$
declare
  result public.messages;
  next_rev integer;
begin
  update public.conversations c
     set last_rev = c.last_rev + 1, updated_at = clock_timestamp(),
         last_message_preview = case when p_content <> '' and c.last_seq = m.seq then left(p_content, 140) else c.last_message_preview end
    from public.messages m where m.id = p_message_id and c.id = m.conversation_id
  returning c.last_rev into next_rev;
  update public.messages
     set content = coalesce(p_content, content), status = p_status, rev = next_rev, attempt = coalesce(p_attempt, attempt),
         error_code = p_error_code, updated_at = clock_timestamp()
   where id = p_message_id
  returning * into result;
  return result;
end $$;

revoke all on function renus.append_message, renus.request_reply, renus.revise_message from public;
grant execute on function renus.append_message, renus.request_reply to authenticated, service_role, renus_visitor;
grant execute on function renus.revise_message to authenticated, service_role;
