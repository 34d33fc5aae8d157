-- A node with room to answer takes the job in the transaction of the message that asks for it: one trip and one commit less
-- until the first word. Plans are made once: PostgreSQL thought that planning for each call was cheaper, and it took three
-- times as long as what was planned.

-- Makes these queued or lapsed jobs the worker's, whose rows the caller holds. A queued job has shown nothing yet, so its
-- attempts start anew however often it was superseded. With each the newest `p_turns` turns up to where the job has read,
-- oldest first, without failed replies and the one being written.
create function renus.take_jobs(p_ids uuid[], p_worker_id text, p_lease_ms float8, p_turns integer)
returns table (id uuid, conversation_id uuid, client_id uuid, up_to_seq integer, owner_epoch integer, fence integer, attempt integer,
               message_id uuid, cancel_requested boolean, agent_id uuid, visitor_id uuid, sub_agent_id uuid, locale text, turns jsonb)
language plpgsql set search_path = '' set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
  return query
    with claimed as (
      update public.reply_jobs j
         set status = 'running', worker_id = p_worker_id, lease_until = clock_timestamp() + p_lease_ms * interval '1 millisecond',
             fence = j.fence + 1, attempt = case when j.status = 'queued' then 1 else j.attempt + 1 end, updated_at = clock_timestamp()
       where j.id = any (p_ids)
      returning j.*)
    select j.id, j.conversation_id, j.client_id, j.up_to_seq, j.owner_epoch, j.fence, j.attempt, j.message_id, j.cancel_requested,
           c.agent_id, c.visitor_id, c.sub_agent_id, c.locale, coalesce(t.turns, '[]'::jsonb)
      from claimed j
      join public.conversations c on c.id = j.conversation_id
      left join lateral (
        select jsonb_agg(jsonb_build_object('role', m.role, 'content', m.content, 'sender_id', m.sender_id,
                                            'sender_name', m.sender_name, 'created_at', m.created_at) order by m.seq) as turns
          from (select * from public.messages n
                 where n.conversation_id = j.conversation_id and n.seq <= j.up_to_seq and n.content <> ''
                   and n.role <> 'system' and n.status <> 'failed' and n.id is distinct from j.message_id
                 order by n.seq desc limit p_turns) m) t on true;
end $$;

-- As before.
create or replace function renus.claim_replies(p_worker_id text, p_limit integer, p_lease_ms float8, p_turns integer)
returns table (id uuid, conversation_id uuid, client_id uuid, up_to_seq integer, owner_epoch integer, fence integer, attempt integer,
               message_id uuid, cancel_requested boolean, agent_id uuid, visitor_id uuid, sub_agent_id uuid, locale text, turns jsonb)
language plpgsql set search_path = '' set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  ids uuid[];
begin
  perform set_config('role', 'service_role', true), set_config('request.jwt.claims', '{"role":"service_role"}', true);
  ids := array(
    select c.id from public.reply_jobs c
     where c.status in ('queued', 'running')
       and ((c.status = 'queued' and not exists (
               select from public.reply_jobs r where r.conversation_id = c.conversation_id and r.status = 'running'))
            or (c.status = 'running' and c.lease_until < clock_timestamp()))
     order by c.created_at, c.id
     limit p_limit
       for update skip locked);
  if ids <> '{}' then
    return query select t.* from renus.take_jobs(ids, p_worker_id, p_lease_ms, p_turns) t;
  end if;
end $$;

-- As post_visitor_messages, which servers of the version before call. Where the assistant will answer and nobody writes a reply
-- yet, up to `p_limit` jobs become the worker's at once, under the server's role: `claim` is a row of take_jobs. Nobody else can
-- make a job of these conversations run meanwhile: the conversations are locked, and so are all of their jobs.
create function renus.post_messages(p_items jsonb, p_waits boolean, p_worker_id text, p_limit integer, p_lease_ms float8, p_turns integer)
returns table (conversation_id uuid, outcome text, message public.messages, is_reply_due boolean, claim jsonb)
language plpgsql set search_path = '' set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan as $$
declare
  forsaken uuid[];
  owing uuid[];
  results renus.appended[];
  due uuid[];
  jobs uuid[];
  claims jsonb := '{}';
begin
  perform set_config('role', 'renus_visitor', true),
          set_config('request.jwt.claims', '{"role":"renus_visitor"}', true),
          set_config('renus.visitors', array(select i ->> 'sender_id' from jsonb_array_elements(p_items) i)::text, true);
  select u.forsaken, u.owing into forsaken, owing from renus.unheard_visitors() u;
  results := array(select a from renus.append_messages(p_items, p_waits, forsaken || owing) a);
  due := array(select r.conversation_id from unnest(results) r where r.outcome = 'stored' and r.owner = 'assistant');
  if due <> '{}' then
    perform renus.request_replies(due, array(select (r.message).seq from unnest(results) r where r.outcome = 'stored' and r.owner = 'assistant'));
    if p_limit > 0 then
      perform set_config('role', 'service_role', true), set_config('request.jwt.claims', '{"role":"service_role"}', true);
      jobs := array(
        select j.id from public.reply_jobs j
         where j.conversation_id = any (due) and j.status = 'queued'
           and not exists (select from public.reply_jobs r where r.conversation_id = j.conversation_id and r.status = 'running')
         order by j.created_at, j.id limit p_limit);
      if jobs <> '{}' then
        select jsonb_object_agg(t.conversation_id, to_jsonb(t)) into claims
          from renus.take_jobs(jobs, p_worker_id, p_lease_ms, p_turns) t;
      end if;
    end if;
  end if;
  if owing = '{}' then
    return query
      select r.conversation_id, r.outcome, r.message, r.conversation_id = any (due), claims -> r.conversation_id::text
        from unnest(results) r;
    return;
  end if;
  return query
    select r.conversation_id,
           case when r.outcome = 'unavailable' and i.sender_id <> all (forsaken) then 'consent_owed' else r.outcome end,
           r.message, r.conversation_id = any (due), claims -> r.conversation_id::text
      from unnest(results) r
      join jsonb_to_recordset(p_items) as i (conversation_id uuid, sender_id uuid) on i.conversation_id = r.conversation_id;
end $$;

revoke all on function renus.take_jobs, renus.post_messages from public;
grant execute on function renus.take_jobs to service_role;

-- As before, in one statement of its own: plans under row-level security hold for one role, and append_messages, which visitors
-- call all the time, was planned anew for each reply and again for the next message. It took longer than all of its work.
create or replace function renus.start_reply(
  p_job_id uuid, p_conversation_id uuid, p_owner_epoch integer, p_fence integer,
  p_sender_id uuid, p_sender_name text, p_sub_agent_id uuid, p_attempt integer, p_trace jsonb,
  p_status text default 'streaming', p_error_code text default null
) returns setof public.messages language plpgsql set search_path = '' set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan as $$
declare
  conversation_status text;
begin
  perform set_config('role', 'service_role', true), set_config('request.jwt.claims', '{"role":"service_role"}', true);
  select c.status into conversation_status from public.conversations c join public.reply_jobs j on j.conversation_id = c.id
    where c.id = p_conversation_id and c.owner = 'assistant' and c.owner_epoch = p_owner_epoch
      and j.id = p_job_id and j.fence = p_fence and j.status = 'running'
      for update of c, j;
  if not found then
    return;
  end if;
  if conversation_status = 'closed' then
    raise exception 'conversation is closed' using errcode = 'RN410';
  end if;
  return query
    with moved as (
      update public.conversations c
         set last_seq = c.last_seq + 1, last_rev = c.last_rev + 1, last_message_at = clock_timestamp(), updated_at = clock_timestamp(),
             last_role = 'assistant', is_failed = p_status = 'failed', sub_agent_id = p_sub_agent_id
       where c.id = p_conversation_id
      returning c.client_id, c.agent_id, c.last_seq, c.last_rev
    ), added as (
      insert into public.messages as m (conversation_id, client_id, seq, rev, role, content, status, sender_id, sender_name, attempt,
                                        error_code, created_at, updated_at)
      select p_conversation_id, moved.client_id, moved.last_seq, moved.last_rev, 'assistant', '', p_status, p_sender_id, p_sender_name,
             p_attempt, p_error_code, clock_timestamp(), clock_timestamp()
        from moved
      returning m.*
    ), held as (
      update public.reply_jobs j set message_id = added.id, attempt = p_attempt from added where j.id = p_job_id
    ), traced as (
      insert into public.message_traces (message_id, client_id, agent_id, trace)
      select added.id, moved.client_id, moved.agent_id, p_trace from added, moved where p_trace is not null
    )
    select added.* from added;
end $$;
alter function renus.reserve_model_call set plan_cache_mode = force_generic_plan;
alter function renus.save_replies set plan_cache_mode = force_generic_plan;
