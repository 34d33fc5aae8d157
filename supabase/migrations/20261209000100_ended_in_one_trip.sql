-- The end of a reply and what its call has cost, each in one statement that is a transaction by itself: trips to the database
-- were a tenth of what relaying a reply costs.

-- Ends the reply and its job together, under the same fence as `start_reply`; `p_content` null keeps what is saved. `message` is
-- null where a reply that never spoke was cancelled. No row: somebody else has ended it.
create function renus.end_reply(
  p_job_id uuid, p_conversation_id uuid, p_owner_epoch integer, p_fence integer, p_message_id uuid,
  p_status text, p_content text, p_attempt integer, p_error_code text, p_trace jsonb,
  p_sender_id uuid, p_sender_name text, p_sub_agent_id uuid
) returns table (message public.messages, conversation public.conversations)
language plpgsql set search_path = '' set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan as $$
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
  if p_message_id is not null then
    message := renus.revise_message(p_message_id, p_content, p_status, p_attempt, p_error_code);
  elsif p_status = 'failed' and conversation_status = 'open' then
    select s.* into message from renus.start_reply(p_job_id, p_conversation_id, p_owner_epoch, p_fence, p_sender_id, p_sender_name,
                                                   p_sub_agent_id, p_attempt, p_trace, p_status, p_error_code) s;
  end if;
  update public.reply_jobs set status = p_status, error_code = p_error_code, lease_until = null, updated_at = clock_timestamp()
   where id = p_job_id;
  select c.* into conversation from public.conversations c where c.id = p_conversation_id;
  if p_message_id is not null and p_trace is not null then
    insert into public.message_traces (message_id, client_id, agent_id, trace)
    values (p_message_id, conversation.client_id, conversation.agent_id, p_trace)
    on conflict (message_id) do update set trace = excluded.trace;
  end if;
  return next;
end $$;

-- `renus.settle_call` as a transaction of its own. It does not wait for the disk: what a crash of the database forgets stays
-- counted as what was set aside.
create function renus.settle_model_call(p_call_id uuid, p_tokens bigint, p_micro_usd bigint, p_is_void boolean) returns boolean
language plpgsql set search_path = '' set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan as $$
begin
  perform set_config('role', 'service_role', true), set_config('request.jwt.claims', '{"role":"service_role"}', true),
          set_config('synchronous_commit', 'off', true);
  return renus.settle_call(p_call_id, p_tokens, p_micro_usd, p_is_void);
end $$;

revoke all on function renus.end_reply, renus.settle_model_call from public;
