-- Messages of many visitors share one statement and one commit.

-- Functions in SQL are planned anew at each call unless they can be written into the statement that calls them, which a
-- `set` and `security definer` prevent: a tenth of a millisecond each time, for every policy. Bodies of the standard's form
-- bind their names when they are created, so that no search path is needed; PL/pgSQL keeps its plans.
create or replace function renus.claim_uuid(name text) returns uuid language sql stable
  return (nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> name, ''))::uuid;
create or replace function renus.is_admin() returns boolean language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (select from public.profiles where id = auth.uid() and role = 'admin');
end $$;
create or replace function renus.user_client_id() returns uuid language plpgsql stable security definer set search_path = '' as $$
begin
  return (select client_id from public.profiles where id = auth.uid() and role = 'client');
end $$;

-- The visitors a transaction acts for: the one of the claim `sub`, or those that share a commit.
create function renus.acting_visitors() returns uuid[] language sql stable
  return coalesce(nullif(current_setting('renus.visitors', true), '')::uuid[], array[renus.claim_uuid('sub')]);
-- Visitors may not read agents, but have to learn whether theirs still answers: those of them whose agent does not.
create function renus.forsaken_visitors() returns uuid[] language plpgsql stable security definer set search_path = '' as $$
begin
  return array(select w.id from unnest(renus.acting_visitors()) w (id)
                where not exists (select from public.visitors v join public.agents a on a.id = v.agent_id
                                   where v.id = w.id and a.status = 'active'));
end $$;
create or replace function renus.visitor_agent_status() returns text language plpgsql stable security definer set search_path = '' as $$
begin
  return (select a.status from public.visitors v join public.agents a on a.id = v.agent_id where v.id = renus.claim_uuid('sub'));
end $$;
revoke all on function renus.acting_visitors, renus.forsaken_visitors from public;
grant execute on function renus.acting_visitors, renus.forsaken_visitors to renus_visitor;

alter policy "Visitors can view own conversations" on public.conversations
  using (visitor_id = any ((select renus.acting_visitors())::uuid[]));
alter policy "Visitors can move own conversations" on public.conversations
  using (visitor_id = any ((select renus.acting_visitors())::uuid[])) with check (visitor_id = any ((select renus.acting_visitors())::uuid[]));
-- Their conversations are all that visitors see of `conversations`: its own policy goes for these too.
alter policy "Visitors can view own messages" on public.messages using (conversation_id in (select id from public.conversations));
-- Whoever writes is the visitor of that very conversation, however many act at once.
alter policy "Visitors can write own messages" on public.messages
  with check (role = 'visitor' and status = 'complete'
              and (conversation_id, client_id, sender_id) in (select id, client_id, visitor_id from public.conversations));
alter policy "Visitors can view own jobs" on public.reply_jobs using (conversation_id in (select id from public.conversations));
alter policy "Visitors can ask for replies" on public.reply_jobs
  with check ((conversation_id, client_id) in (select id, client_id from public.conversations));
alter policy "Visitors can change own jobs" on public.reply_jobs
  using (conversation_id in (select id from public.conversations)) with check (conversation_id in (select id from public.conversations));

-- Appends messages, at most one for each conversation: takes the next seq and rev on the conversation's row, which also
-- serialises writers, so that the order of commits is the order of seq. Runs with the caller's rights: row-level security
-- decides. `p_items`: [{conversation_id, role, content, sender_id, sender_name, client_message_id, reply_to, status, attempt,
-- error_code}]. Outcomes: stored · duplicate (the row that the same client_message_id made) · absent (not there for
-- the caller) · busy (locked by somebody else, and `p_waits` is false) · conflict (the id was used for other content) ·
-- closed · foreign_reply_to · unavailable (new, and the sender is one of `p_forsaken`).
-- Plans outlive the day when a table was small: all of them look rows up by an index. Nor are a few rows worth compiling for,
-- whatever the planner thinks of a list whose length it does not know.
create type renus.appended as (conversation_id uuid, outcome text, owner text, message public.messages);
create function renus.append_messages(p_items jsonb, p_waits boolean, p_forsaken uuid[] default '{}') returns setof renus.appended
language plpgsql set search_path = '' set enable_seqscan = off set jit = off as $$
declare
  ids uuid[];
  locked uuid[];
begin
  ids := array(select (i ->> 'conversation_id')::uuid from jsonb_array_elements(p_items) i);
  -- A statement of its own: what follows has to see what was committed before the locks were there.
  if p_waits then
    locked := array(select c.id from public.conversations c where c.id = any (ids) order by c.id for update);
  else
    locked := array(select c.id from public.conversations c where c.id = any (ids) for update skip locked);
  end if;
  return query
    with item as materialized (
      select i.*, (i.c).client_id, (i.c).owner,
             -- Row-level security shows the conversations of all who act; each visitor has their own.
             case when (i.c).id is null or (i.role = 'visitor' and (i.c).visitor_id is distinct from i.sender_id) then 'absent'
                  when i.conversation_id <> all (locked) then 'busy'
                  when (i.old).id is not null then
                    case when (i.old).content = i.content and (i.old).role = i.role then 'duplicate' else 'conflict' end
                  when i.sender_id = any (p_forsaken) then 'unavailable'
                  when (i.c).status = 'closed' and i.role <> 'system' then 'closed'
                  when i.reply_to is not null
                       and not exists (select from public.messages m where m.id = i.reply_to and m.conversation_id = i.conversation_id)
                    then 'foreign_reply_to'
                  else 'stored' end as outcome
        from (select i.*,
                     (select c from public.conversations c where c.id = i.conversation_id) as c,
                     (select m from public.messages m
                       where m.conversation_id = i.conversation_id and m.client_message_id = i.client_message_id) as old
                from jsonb_to_recordset(p_items) as i (conversation_id uuid, role text, content text, sender_id uuid, sender_name text,
                       client_message_id uuid, reply_to uuid, status text, attempt integer, error_code text)
               -- Looked up once each, not wherever a field of them is read.
               offset 0) i
    ), moved as (
      update public.conversations c
         set last_seq = c.last_seq + 1, last_rev = c.last_rev + 1, last_message_at = clock_timestamp(), updated_at = clock_timestamp(),
             last_message_preview = case when i.content = '' then c.last_message_preview else left(i.content, 140) end,
             last_role = case when i.role = 'system' then c.last_role else i.role end,
             is_failed = case when i.role = 'system' then c.is_failed else i.status = 'failed' end,
             first_asked_at = case when i.role = 'visitor' then coalesce(c.first_asked_at, clock_timestamp()) else c.first_asked_at end,
             first_answered_at = case when i.role = 'operator' or (i.role = 'assistant' and i.status = 'complete')
                                      then coalesce(c.first_answered_at, clock_timestamp()) else c.first_answered_at end,
             has_operator = c.has_operator or i.role = 'operator'
        from item i where c.id = i.conversation_id and i.outcome = 'stored'
      returning c.id, c.last_seq, c.last_rev
    ), added as (
      insert into public.messages as m (conversation_id, client_id, seq, rev, role, content, status, sender_id, sender_name, attempt,
                                        client_message_id, reply_to, error_code, created_at, updated_at)
      select i.conversation_id, i.client_id, moved.last_seq, moved.last_rev, i.role, i.content, i.status, i.sender_id, i.sender_name,
             i.attempt, i.client_message_id, i.reply_to, i.error_code, clock_timestamp(), clock_timestamp()
        from item i join moved on moved.id = i.conversation_id
      returning m
    )
    select i.conversation_id, i.outcome, i.owner, coalesce((added).m, i.old)
      from item i left join added on (added.m).conversation_id = i.conversation_id;
end $$;

-- One message. Errors: RN404 absent, RN409 conflict, RN410 closed, RN400 foreign_reply_to.
create or replace function renus.append_message(
  p_conversation_id uuid, p_role text, p_content text, p_sender_id uuid, p_sender_name text,
  p_client_message_id uuid default null, p_reply_to uuid default null,
  p_status text default 'complete', p_attempt integer default 0, p_error_code text default null,
  out message public.messages, out duplicate boolean
) language plpgsql set search_path = '' as $$
declare
  result record;
begin
  select a.* into result from renus.append_messages(jsonb_build_array(jsonb_build_object(
    'conversation_id', p_conversation_id, 'role', p_role, 'content', p_content, 'sender_id', p_sender_id, 'sender_name', p_sender_name,
    'client_message_id', p_client_message_id, 'reply_to', p_reply_to, 'status', p_status, 'attempt', p_attempt,
    'error_code', p_error_code)), true) a;
  case result.outcome
    when 'absent' then raise exception 'conversation not found' using errcode = 'RN404';
    when 'conflict' then raise exception 'client_message_id was used for another message' using errcode = 'RN409';
    when 'closed' then raise exception 'conversation is closed' using errcode = 'RN410';
    when 'foreign_reply_to' then raise exception 'reply_to is no message of this conversation' using errcode = 'RN400';
    else null;
  end case;
  message := result.message;
  duplicate := result.outcome = 'duplicate';
end $$;

-- Wishes for replies, at most one for each conversation: a queued job reads on to the new message, one that has not spoken
-- yet goes back into the queue, and else there is a new one. Returns the conversations that the assistant will answer. The
-- caller holds the locks of the conversations.
create function renus.request_replies(p_conversations uuid[], p_up_to_seqs integer[]) returns setof uuid
language plpgsql set search_path = '' set enable_seqscan = off set jit = off as $$
begin
  -- In the order of the leases' renewal, so that neither waits for the other.
  perform from public.reply_jobs j
    where j.conversation_id = any (p_conversations) and j.status in ('queued', 'running') order by j.id for update;
  return query
    with wish as materialized (
      select c.id, c.client_id, c.owner_epoch, w.up_to_seq
        from unnest(p_conversations, p_up_to_seqs) as w (id, up_to_seq) join public.conversations c on c.id = w.id
       where c.owner = 'assistant'
    ), prolonged as (
      update public.reply_jobs j set up_to_seq = w.up_to_seq, updated_at = clock_timestamp()
        from wish w where j.conversation_id = w.id and j.status = 'queued'
      returning j.conversation_id
    ), superseded as (
      update public.reply_jobs j
         set status = 'queued', up_to_seq = w.up_to_seq, fence = j.fence + 1, worker_id = null, lease_until = null, updated_at = clock_timestamp()
        from wish w
       where j.conversation_id = w.id and j.status = 'running' and j.message_id is null and not j.cancel_requested
         and not exists (select from public.reply_jobs q where q.conversation_id = w.id and q.status = 'queued')
      returning j.conversation_id
    ), added as (
      insert into public.reply_jobs (conversation_id, client_id, up_to_seq, owner_epoch)
      select w.id, w.client_id, w.up_to_seq, w.owner_epoch from wish w
       where w.id not in (select conversation_id from prolonged) and w.id not in (select conversation_id from superseded)
    )
    select id from wish;
end $$;
create or replace function renus.request_reply(p_conversation_id uuid, p_up_to_seq integer) returns uuid
language plpgsql set search_path = '' as $$
begin
  perform from public.conversations where id = p_conversation_id for update;
  return (select renus.request_replies(array[p_conversation_id], array[p_up_to_seq]) limit 1);
end $$;

-- The messages of many visitors in one statement, which is one transaction: takes on the visitors' role, and only then
-- touches a table. `p_items` as of append_messages; `is_reply_due`: the assistant will answer.
create function renus.post_visitor_messages(p_items jsonb, p_waits boolean)
returns table (conversation_id uuid, outcome text, message public.messages, is_reply_due boolean)
language plpgsql set search_path = '' as $$
declare
  results renus.appended[];
  due uuid[];
begin
  perform set_config('role', 'renus_visitor', true),
          set_config('request.jwt.claims', '{"role":"renus_visitor"}', true),
          set_config('renus.visitors', array(select i ->> 'sender_id' from jsonb_array_elements(p_items) i)::text, true);
  results := array(select a from renus.append_messages(p_items, p_waits, renus.forsaken_visitors()) a);
  due := array(select r.conversation_id from unnest(results) r where r.outcome = 'stored' and r.owner = 'assistant');
  if due <> '{}' then
    perform renus.request_replies(due, array(select (r.message).seq from unnest(results) r where r.outcome = 'stored' and r.owner = 'assistant'));
  end if;
  return query select r.conversation_id, r.outcome, r.message, r.conversation_id = any (due) from unnest(results) r;
end $$;

revoke all on function renus.append_messages, renus.request_replies, renus.post_visitor_messages from public;
grant execute on function renus.append_messages, renus.request_replies to authenticated, service_role, renus_visitor;
