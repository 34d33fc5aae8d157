-- Limits that hold over all nodes: how often somebody may do something, and what replies may cost in a day.

-- Points by key until `ends_at`. Keys are hashes. Not logged: after a crash of the database counting starts anew.
create unlogged table public.rate_counters (
  key text primary key check (length(key) <= 64),
  points integer not null,
  ends_at timestamptz not null
);
create index idx_rate_counters_ends_at on public.rate_counters (ends_at);
alter table public.rate_counters enable row level security;
revoke all on public.rate_counters from anon, authenticated;
grant select, insert, update, delete on public.rate_counters to service_role;
create policy "Service has full access to rate_counters" on public.rate_counters to service_role using (true) with check (true);

-- What an agent, and each of its visitors, has spent on a day (UTC), calls to models under way included at what they may cost most.
create table public.usage_days (
  agent_id uuid not null references public.agents (id) on delete cascade,
  -- null: all of the agent.
  visitor_id uuid references public.visitors (id) on delete cascade,
  client_id uuid not null references public.clients (id) on delete cascade,
  day date not null,
  replies integer not null default 0,
  tokens bigint not null default 0,
  micro_usd bigint not null default 0,
  -- The limit that stopped the latest call, and how high it was; null: the latest call was let through.
  refused_by text check (refused_by in ('replies', 'tokens', 'micro_usd')),
  refused_limit bigint,
  unique nulls not distinct (agent_id, visitor_id, day)
);
create index idx_usage_days_day on public.usage_days (day);
create index idx_usage_days_visitor_id on public.usage_days (visitor_id);
create index idx_usage_days_client_id on public.usage_days (client_id);

-- A call to a model that has been reserved and not settled. One that is never settled counts as what it might have cost.
create table public.model_calls (
  id uuid primary key default gen_random_uuid(),
  agent_id uuid not null references public.agents (id) on delete cascade,
  visitor_id uuid references public.visitors (id) on delete cascade,
  client_id uuid not null references public.clients (id) on delete cascade,
  job_id uuid references public.reply_jobs (id) on delete cascade,
  day date not null,
  -- 1: its reply was counted with it.
  replies integer not null,
  tokens bigint not null,
  micro_usd bigint not null,
  expires_at timestamptz not null
);
create index idx_model_calls_agent_id on public.model_calls (agent_id);
create index idx_model_calls_visitor_id on public.model_calls (visitor_id);
create index idx_model_calls_client_id on public.model_calls (client_id);
create index idx_model_calls_job_id on public.model_calls (job_id);
create index idx_model_calls_expires_at on public.model_calls (expires_at);

-- Its reply has been counted, however many calls and attempts it takes.
alter table public.reply_jobs add column is_counted boolean not null default false;

do $$
declare t text;
begin
  foreach t in array array['usage_days', 'model_calls'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('revoke all on public.%I from anon, authenticated', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
    execute format('create policy "Service has full access to %s" on public.%I to service_role using (true) with check (true)', t, t);
  end loop;
end $$;
grant select on public.usage_days to authenticated;
create policy "Admins can view usage_days" on public.usage_days
  for select to authenticated using ((select renus.is_admin()));
create policy "Users can view usage_days of their client" on public.usage_days
  for select to authenticated using (client_id = (select renus.user_client_id()));

-- Reserves a call: all of it, or nothing where a limit of today would be passed; then `call_id` is null, and `refused_scope` and
-- `refused_by` say which. The rows of the day are locked, agent before visitor, so that of two nodes the second sees what the first
-- took. `p_limits`: {"agent": {"replies", "tokens", "micro_usd"}, "visitor": {…}}. Raises RN404 when the agent is gone.
create function renus.reserve_call(
  p_agent_id uuid, p_visitor_id uuid, p_job_id uuid, p_tokens bigint, p_micro_usd bigint, p_limits jsonb, p_expires_ms float8,
  out call_id uuid, out refused_scope text, out refused_by text, out resets_in_ms float8
) language plpgsql set search_path = '' as $$
declare
  today date := (clock_timestamp() at time zone 'UTC')::date;
  owner uuid;
  new_replies integer := 0;
  agent public.usage_days;
  visitor public.usage_days;
  limit_met bigint;
begin
  resets_in_ms := extract(epoch from (today + 1)::timestamp at time zone 'UTC' - clock_timestamp()) * 1000;
  if p_job_id is not null then
    select case when is_counted then 0 else 1 end into new_replies from public.reply_jobs where id = p_job_id for update;
    new_replies := coalesce(new_replies, 1);
  end if;
  select client_id into owner from public.agents where id = p_agent_id;
  if not found then
    raise exception 'agent not found' using errcode = 'RN404';
  end if;
  insert into public.usage_days (agent_id, visitor_id, client_id, day) values (p_agent_id, null, owner, today) on conflict do nothing;
  select * into agent from public.usage_days u
   where u.agent_id = p_agent_id and u.visitor_id is null and u.day = today for update;
  if p_visitor_id is not null then
    insert into public.usage_days (agent_id, visitor_id, client_id, day) values (p_agent_id, p_visitor_id, owner, today)
      on conflict do nothing;
    select * into visitor from public.usage_days u
     where u.agent_id = p_agent_id and u.visitor_id = p_visitor_id and u.day = today for update;
  end if;

  -- A visitor that does not exist has spent null, which passes no limit.
  select s.scope, s.measure, s.most into refused_scope, refused_by, limit_met
    from (values
      ('visitor', 'replies', visitor.replies + new_replies, (p_limits #>> '{visitor,replies}')::bigint),
      ('visitor', 'tokens', visitor.tokens + p_tokens, (p_limits #>> '{visitor,tokens}')::bigint),
      ('visitor', 'micro_usd', visitor.micro_usd + p_micro_usd, (p_limits #>> '{visitor,micro_usd}')::bigint),
      ('agent', 'replies', agent.replies + new_replies, (p_limits #>> '{agent,replies}')::bigint),
      ('agent', 'tokens', agent.tokens + p_tokens, (p_limits #>> '{agent,tokens}')::bigint),
      ('agent', 'micro_usd', agent.micro_usd + p_micro_usd, (p_limits #>> '{agent,micro_usd}')::bigint)
    ) as s (scope, measure, would_be, most)
   where s.would_be > s.most limit 1;
  if refused_scope is not null then
    update public.usage_days u set refused_by = reserve_call.refused_by, refused_limit = limit_met
     where u.agent_id = p_agent_id and u.day = today
       and u.visitor_id is not distinct from case when refused_scope = 'visitor' then p_visitor_id end;
    return;
  end if;

  update public.usage_days u
     set replies = u.replies + new_replies, tokens = u.tokens + p_tokens, micro_usd = u.micro_usd + p_micro_usd,
         refused_by = null, refused_limit = null
   where u.agent_id = p_agent_id and u.day = today and (u.visitor_id is null or u.visitor_id = p_visitor_id);
  if new_replies > 0 then
    update public.reply_jobs set is_counted = true where id = p_job_id;
  end if;
  insert into public.model_calls (agent_id, visitor_id, client_id, job_id, day, replies, tokens, micro_usd, expires_at)
  values (p_agent_id, p_visitor_id, owner, p_job_id, today, new_replies, p_tokens, p_micro_usd,
          clock_timestamp() + p_expires_ms * interval '1 millisecond')
  returning id into call_id;
end $$;

-- Puts what a call has cost in the place of what was reserved for it, on the day it was reserved; once. `p_is_void`: the model did
-- nothing at all, and the reply does not count either. False: it was settled before, or has expired.
create function renus.settle_call(p_call_id uuid, p_tokens bigint, p_micro_usd bigint, p_is_void boolean)
returns boolean language plpgsql set search_path = '' as $$
declare
  call public.model_calls;
begin
  delete from public.model_calls where id = p_call_id returning * into call;
  if not found then
    return false;
  end if;
  if p_is_void and call.replies > 0 then
    update public.reply_jobs set is_counted = false where id = call.job_id;
  end if;
  -- Locked in the order of a reservation.
  perform from public.usage_days u
    where u.agent_id = call.agent_id and u.day = call.day and u.visitor_id is null for update;
  update public.usage_days u
     set replies = u.replies - case when p_is_void then call.replies else 0 end,
         tokens = greatest(0, u.tokens - call.tokens + p_tokens),
         micro_usd = greatest(0, u.micro_usd - call.micro_usd + p_micro_usd)
   where u.agent_id = call.agent_id and u.day = call.day and (u.visitor_id is null or u.visitor_id = call.visitor_id);
  return true;
end $$;

revoke all on function renus.reserve_call, renus.settle_call from public;
grant execute on function renus.reserve_call, renus.settle_call to service_role;
