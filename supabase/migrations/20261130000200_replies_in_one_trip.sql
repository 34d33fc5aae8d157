-- What a reply does in the database before a visitor sees it, each in one statement that is a transaction by itself: takes on
-- the server's role, and only then touches a table. Trips to the database were most of the time until the first word.

-- Takes up to `p_limit` jobs: queued ones whose conversation has none running, and those whose holder let its lease run out.
-- A queued job has shown nothing yet, so its attempts start anew however often it was superseded. With each the newest
-- `p_turns` turns up to where the job has read, oldest first, without failed replies and the one being written.
create function renus.claim_replies(p_worker_id text, p_limit integer, p_lease_ms float8, p_turns integer)
returns table (id uuid, conversation_id uuid, client_id uuid, up_to_seq integer, owner_epoch integer, fence integer, attempt integer,
               message_id uuid, cancel_requested boolean, agent_id uuid, visitor_id uuid, sub_agent_id uuid, locale text, turns jsonb)
language plpgsql set search_path = '' set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
begin
  perform set_config('role', 'service_role', true), set_config('request.jwt.claims', '{"role":"service_role"}', true);
  return query
    with claimed as (
      update public.reply_jobs j
         set status = 'running', worker_id = p_worker_id, lease_until = clock_timestamp() + p_lease_ms * interval '1 millisecond',
             fence = j.fence + 1, attempt = case when j.status = 'queued' then 1 else j.attempt + 1 end, updated_at = clock_timestamp()
       where j.id in (
         select c.id from public.reply_jobs c
          where c.status in ('queued', 'running')
            and ((c.status = 'queued' and not exists (
                    select from public.reply_jobs r where r.conversation_id = c.conversation_id and r.status = 'running'))
                 or (c.status = 'running' and c.lease_until < clock_timestamp()))
          order by c.created_at, c.id
          limit p_limit
            for update skip locked)
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

-- The row of a reply as it begins, or with another status, as it ends before it spoke: only while the job runs under this fence
-- and the assistant owns the conversation in this epoch. A row that changed while its lock was waited for is judged anew
-- (PostgreSQL, 13.2.1). No row: somebody else decides now. Error: RN410, the conversation is closed.
create function renus.start_reply(
  p_job_id uuid, p_conversation_id uuid, p_owner_epoch integer, p_fence integer,
  p_sender_id uuid, p_sender_name text, p_sub_agent_id uuid, p_attempt integer, p_trace jsonb,
  p_status text default 'streaming', p_error_code text default null
) returns setof public.messages language plpgsql set search_path = '' set enable_seqscan = off set jit = off as $$
declare
  started public.messages;
begin
  perform set_config('role', 'service_role', true), set_config('request.jwt.claims', '{"role":"service_role"}', true);
  perform from public.conversations c join public.reply_jobs j on j.conversation_id = c.id
    where c.id = p_conversation_id and c.owner = 'assistant' and c.owner_epoch = p_owner_epoch
      and j.id = p_job_id and j.fence = p_fence and j.status = 'running'
      for update of c, j;
  if not found then
    return;
  end if;
  select (a.message).* into started from renus.append_message(p_conversation_id, 'assistant', '', p_sender_id, p_sender_name,
    null, null, p_status, p_attempt, p_error_code) a;
  update public.reply_jobs set message_id = started.id, attempt = p_attempt where id = p_job_id;
  update public.conversations set sub_agent_id = p_sub_agent_id
   where id = p_conversation_id and sub_agent_id is distinct from p_sub_agent_id;
  if p_trace is not null then
    insert into public.message_traces (message_id, client_id, agent_id, trace)
    select started.id, c.client_id, c.agent_id, p_trace from public.conversations c where c.id = p_conversation_id;
  end if;
  return next started;
end $$;

-- The texts so far of replies in progress. `p_items`: [{job_id, conversation_id, owner_epoch, fence, message_id, content,
-- attempt}]. Outcomes: saved · busy (somebody holds the conversation; the next save has it) · lost (somebody else decides now,
-- nothing was written). Conversations are locked before jobs, as everywhere, and none is waited for while another is held.
create function renus.save_replies(p_items jsonb) returns table (job_id uuid, outcome text)
language plpgsql set search_path = '' set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  item record;
begin
  perform set_config('role', 'service_role', true), set_config('request.jwt.claims', '{"role":"service_role"}', true);
  for item in
    select i.* from jsonb_to_recordset(p_items) as i (job_id uuid, conversation_id uuid, owner_epoch integer, fence integer,
                                                      message_id uuid, content text, attempt integer)
  loop
    job_id := item.job_id;
    outcome := 'saved';
    perform from public.conversations c where c.id = item.conversation_id for update skip locked;
    if not found then
      outcome := 'busy';
    else
      perform from public.conversations c join public.reply_jobs j on j.conversation_id = c.id
        where c.id = item.conversation_id and c.owner = 'assistant' and c.owner_epoch = item.owner_epoch
          and j.id = item.job_id and j.fence = item.fence and j.status = 'running'
          for update of j skip locked;
      if found then
        perform renus.revise_message(item.message_id, item.content, 'streaming', item.attempt, null);
      elsif exists (select from public.conversations c join public.reply_jobs j on j.conversation_id = c.id
                     where c.id = item.conversation_id and c.owner = 'assistant' and c.owner_epoch = item.owner_epoch
                       and j.id = item.job_id and j.fence = item.fence and j.status = 'running') then
        outcome := 'busy';
      else
        outcome := 'lost';
      end if;
    end if;
    return next;
  end loop;
end $$;

-- `renus.reserve_call` as a transaction of its own. It does not wait for the disk: what a crash of the database forgets was
-- set aside for a call that this crash has ended.
create function renus.reserve_model_call(
  p_agent_id uuid, p_visitor_id uuid, p_job_id uuid, p_tokens bigint, p_micro_usd bigint, p_limits jsonb, p_expires_ms float8,
  out call_id uuid, out refused_scope text, out refused_by text, out resets_in_ms float8
) language plpgsql set search_path = '' set jit = off as $$
begin
  perform set_config('role', 'service_role', true), set_config('request.jwt.claims', '{"role":"service_role"}', true),
          set_config('synchronous_commit', 'off', true);
  select r.* into call_id, refused_scope, refused_by, resets_in_ms
    from renus.reserve_call(p_agent_id, p_visitor_id, p_job_id, p_tokens, p_micro_usd, p_limits, p_expires_ms) r;
end $$;

revoke all on function renus.claim_replies, renus.start_reply, renus.save_replies, renus.reserve_model_call from public;
-- Inside of a transaction of the server's as well.
grant execute on function renus.start_reply to service_role;
