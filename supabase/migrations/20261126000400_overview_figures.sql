-- The overview reads narrow indexes and a few columns instead of all messages and traces of its periods.

-- When a visitor first wrote and was first answered, and whether a person wrote: a failed reply is no answer.
alter table public.conversations
  add column first_asked_at timestamptz,
  add column first_answered_at timestamptz,
  add column has_operator boolean not null default false;
update public.conversations c
   set first_asked_at = m.asked_at, first_answered_at = m.answered_at, has_operator = m.has_operator
  from (select conversation_id, min(created_at) filter (where role = 'visitor') as asked_at,
               min(created_at) filter (where role = 'operator' or (role = 'assistant' and status in ('complete', 'cancelled'))) as answered_at,
               bool_or(role = 'operator') as has_operator
          from public.messages group by conversation_id) m
 where m.conversation_id = c.id;
grant update (first_asked_at, first_answered_at, has_operator) on public.conversations to authenticated, renus_visitor;

alter table public.message_traces
  add column agent_id uuid,
  add column topic text generated always as (trace ->> 'topic') stored,
  add column model text generated always as (trace ->> 'model') stored,
  add column is_fallback boolean generated always as (coalesce(trace #>> '{chosen,kind}' = 'agent', false)) stored,
  add column prompt_tokens integer generated always as ((trace #>> '{tokens,prompt}')::integer) stored,
  add column completion_tokens integer generated always as ((trace #>> '{tokens,completion}')::integer) stored;
update public.message_traces t set agent_id = c.agent_id
  from public.messages m join public.conversations c on c.id = m.conversation_id where m.id = t.message_id;

-- Each begins with the company, so that it also stands for the plain index of it.
drop index public.idx_messages_created_at, public.idx_messages_client_id;
create index idx_messages_client_id on public.messages (client_id, created_at) include (conversation_id, role, status);
create index idx_messages_feedback on public.messages (client_id, created_at) where feedback is not null;
drop index public.idx_message_traces_created_at, public.idx_message_traces_client_id;
create index idx_message_traces_client_id on public.message_traces (client_id, created_at)
  include (agent_id, topic, model, is_fallback, prompt_tokens, completion_tokens);
drop index public.idx_conversations_created_at, public.idx_conversations_client_id;
create index idx_conversations_client_id on public.conversations (client_id, created_at);
create index idx_conversations_has_operator on public.conversations (client_id, last_message_at) where has_operator;

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
         is_failed = case when p_role = 'system' then is_failed else p_status = 'failed' end,
         first_asked_at = case when p_role = 'visitor' then coalesce(first_asked_at, clock_timestamp()) else first_asked_at end,
         first_answered_at = case when p_role = 'operator' or (p_role = 'assistant' and p_status = 'complete')
                                  then coalesce(first_answered_at, clock_timestamp()) else first_answered_at end,
         has_operator = has_operator or p_role = 'operator'
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
         is_failed = case when c.last_seq = m.seq then p_status = 'failed' else c.is_failed end,
         -- The answer began when its message did.
         first_answered_at = case when m.role = 'assistant' and p_status in ('complete', 'cancelled')
                                  then least(c.first_answered_at, m.created_at) else c.first_answered_at end
    from public.messages m where m.id = p_message_id and c.id = m.conversation_id
  returning c.last_rev into next_rev;
  update public.messages
     set content = coalesce(p_content, content), status = p_status, rev = next_rev, attempt = coalesce(p_attempt, attempt),
         error_code = p_error_code, updated_at = clock_timestamp()
   where id = p_message_id
  returning * into result;
  return result;
end $$;
