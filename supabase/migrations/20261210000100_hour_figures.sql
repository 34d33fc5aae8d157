-- The overview of a month counted each of its messages and traces whenever somebody looked.

-- What was said and answered in the hours that are over, added up. Only sums of the rows for an hour count: what changes in an
-- hour that has been added up comes as a further row, below zero where something goes. So nobody waits for a row of an hour.
-- Rows of messages that nobody routed have neither a topic nor a model.
create table public.hour_figures (
  client_id uuid not null references public.clients (id) on delete cascade,
  -- No foreign key: what goes with an agent is taken off after it.
  agent_id uuid,
  hour timestamptz not null,
  topic text,
  model text,
  messages integer not null default 0,
  replies integer not null default 0,
  volume integer not null default 0,
  fallbacks integer not null default 0,
  prompt_tokens bigint not null default 0,
  completion_tokens bigint not null default 0,
  thumbs_up integer not null default 0,
  thumbs_down integer not null default 0
);
create index idx_hour_figures_client_id on public.hour_figures (client_id, hour);

-- Hours before `until` have been added up; null: none. Whoever adds up holds the row, whoever changes what is older than an hour
-- shares it: so each change is either seen by the sums or knows that it comes after them.
create table public.hour_figures_until (
  client_id uuid primary key references public.clients (id) on delete cascade,
  until timestamptz
);
insert into public.hour_figures_until (client_id) select id from public.clients;

do $$
declare t text;
begin
  foreach t in array array['hour_figures', 'hour_figures_until'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('revoke all on public.%I from anon, authenticated', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
    execute format('grant select on public.%I to authenticated', t);
    execute format('create policy "Service has full access to %s" on public.%I to service_role using (true) with check (true)', t, t);
    execute format('create policy "Admins can view %s" on public.%I for select to authenticated using ((select renus.is_admin()))', t, t);
    execute format('create policy "Users can view %s of their client" on public.%I for select to authenticated
                      using (client_id = (select renus.user_client_id()))', t, t);
  end loop;
end $$;

create function renus.await_figures() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.hour_figures_until (client_id) values (new.id);
  return null;
end $$;
create trigger await_figures after insert on public.clients for each row execute function renus.await_figures();

-- Adds up the hours that have been over for an hour, so that nothing is still being written in them: of at most 100 companies,
-- and of each at most a day. Returns whether there may be more. The overview looks back 60 days.
create function renus.sum_hours() returns boolean language plpgsql set search_path = '' set enable_seqscan = off set jit = off as $$
declare
  horizon constant timestamptz := date_trunc('hour', now(), 'UTC') - interval '1 hour';
  oldest constant timestamptz := horizon - interval '61 days';
  due uuid[];
begin
  -- A statement of its own: what follows has to see what was committed before the rows were held.
  due := array(select u.client_id from public.hour_figures_until u where u.until is null or u.until < horizon
                order by u.until nulls first limit 100 for update skip locked);
  insert into public.hour_figures (client_id, agent_id, hour, topic, model, messages, replies, volume, fallbacks, prompt_tokens,
                                   completion_tokens, thumbs_up, thumbs_down)
  select d.client_id, f.*
    from (select u.client_id, greatest(u.until, oldest) as begins, least(greatest(u.until, oldest) + interval '1 day', horizon) as ends
            from public.hour_figures_until u where u.client_id = any (due)) d
    cross join lateral (
      select c.agent_id, date_trunc('hour', m.created_at, 'UTC'), null, null, count(*) filter (where m.role <> 'system'),
             count(*) filter (where m.role = 'assistant' and m.status in ('complete', 'cancelled')), 0, 0, 0, 0, 0, 0
        from public.messages m join public.conversations c on c.id = m.conversation_id
       where m.client_id = d.client_id and m.created_at >= d.begins and m.created_at < d.ends
       group by 1, 2
      union all
      select t.agent_id, date_trunc('hour', t.created_at, 'UTC'), t.topic, t.model, 0, 0, count(*), count(*) filter (where t.is_fallback),
             coalesce(sum(t.prompt_tokens), 0), coalesce(sum(t.completion_tokens), 0), 0, 0
        from public.message_traces t
       where t.client_id = d.client_id and t.created_at >= d.begins and t.created_at < d.ends
       group by 1, 2, 3, 4
      union all
      select c.agent_id, date_trunc('hour', m.created_at, 'UTC'), t.topic, t.model, 0, 0, 0, 0, 0, 0,
             count(*) filter (where m.feedback = 'up'), count(*) filter (where m.feedback = 'down')
        from public.messages m join public.conversations c on c.id = m.conversation_id
        left join public.message_traces t on t.message_id = m.id
       where m.feedback is not null and m.client_id = d.client_id and m.created_at >= d.begins and m.created_at < d.ends
       group by 1, 2, 3, 4) f;
  delete from public.hour_figures h where h.client_id = any (due) and h.hour < oldest;
  update public.hour_figures_until u set until = least(greatest(u.until, oldest) + interval '1 day', horizon) where u.client_id = any (due);
  return due <> '{}';
end $$;
revoke all on function renus.await_figures, renus.sum_hours from public;
grant execute on function renus.sum_hours to service_role;

-- A conversation goes with its messages and traces, whoever deletes it and for whatever reason.
create function renus.take_off_figures() returns trigger language plpgsql security definer
set search_path = '' set enable_seqscan = off set jit = off as $$
declare
  added_up timestamptz;
begin
  select u.until into added_up from public.hour_figures_until u where u.client_id = old.client_id for share;
  -- Also when the company itself goes.
  if added_up is null then
    return old;
  end if;
  insert into public.hour_figures (client_id, agent_id, hour, topic, model, messages, replies, thumbs_up, thumbs_down)
  select old.client_id, old.agent_id, date_trunc('hour', m.created_at, 'UTC'), t.topic, t.model, -count(*) filter (where m.role <> 'system'),
         -count(*) filter (where m.role = 'assistant' and m.status in ('complete', 'cancelled')),
         -count(*) filter (where m.feedback = 'up'), -count(*) filter (where m.feedback = 'down')
    from public.messages m left join public.message_traces t on t.message_id = m.id
   where m.conversation_id = old.id and m.created_at < added_up group by 3, 4, 5;
  insert into public.hour_figures (client_id, agent_id, hour, topic, model, volume, fallbacks, prompt_tokens, completion_tokens)
  select t.client_id, t.agent_id, date_trunc('hour', t.created_at, 'UTC'), t.topic, t.model, -count(*), -count(*) filter (where t.is_fallback),
         -coalesce(sum(t.prompt_tokens), 0), -coalesce(sum(t.completion_tokens), 0)
    from public.messages m join public.message_traces t on t.message_id = m.id
   where m.conversation_id = old.id and t.created_at < added_up group by 1, 2, 3, 4, 5;
  return old;
end $$;
create trigger take_off_figures before delete on public.conversations for each row execute function renus.take_off_figures();

-- A reply that failed long ago is written once more, or a visitor rates an old one.
create function renus.correct_replies() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  added_up timestamptz;
begin
  select u.until into added_up from public.hour_figures_until u where u.client_id = old.client_id for share;
  if old.created_at < added_up then
    insert into public.hour_figures (client_id, agent_id, hour, topic, model, replies, thumbs_up, thumbs_down)
    select c.client_id, c.agent_id, date_trunc('hour', old.created_at, 'UTC'), t.topic, t.model,
           (new.status in ('complete', 'cancelled'))::integer - (old.status in ('complete', 'cancelled'))::integer,
           coalesce(new.feedback = 'up', false)::integer - coalesce(old.feedback = 'up', false)::integer,
           coalesce(new.feedback = 'down', false)::integer - coalesce(old.feedback = 'down', false)::integer
      from public.conversations c left join public.message_traces t on t.message_id = old.id where c.id = old.conversation_id;
  end if;
  return null;
end $$;
create trigger correct_replies after update of status, feedback on public.messages for each row
  when (old.role = 'assistant' and old.created_at < now() - interval '1 hour'
        and (old.status is distinct from new.status or old.feedback is distinct from new.feedback))
  execute function renus.correct_replies();
create function renus.correct_traces() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  added_up timestamptz;
begin
  select u.until into added_up from public.hour_figures_until u where u.client_id = old.client_id for share;
  if old.created_at < added_up then
    insert into public.hour_figures (client_id, agent_id, hour, topic, model, volume, fallbacks, prompt_tokens, completion_tokens)
    values (old.client_id, old.agent_id, date_trunc('hour', old.created_at, 'UTC'), old.topic, old.model, -1, -old.is_fallback::integer,
            -coalesce(old.prompt_tokens, 0), -coalesce(old.completion_tokens, 0)),
           (new.client_id, new.agent_id, date_trunc('hour', old.created_at, 'UTC'), new.topic, new.model, 1, new.is_fallback::integer,
            coalesce(new.prompt_tokens, 0), coalesce(new.completion_tokens, 0));
    -- Ratings belong to the topic of the trace and to the hour of the message.
    insert into public.hour_figures (client_id, agent_id, hour, topic, model, thumbs_up, thumbs_down)
    select m.client_id, c.agent_id, date_trunc('hour', m.created_at, 'UTC'), moved.topic, moved.model,
           moved.by * (m.feedback = 'up')::integer, moved.by * (m.feedback = 'down')::integer
      from public.messages m join public.conversations c on c.id = m.conversation_id
      cross join (values (-1, old.topic, old.model), (1, new.topic, new.model)) moved (by, topic, model)
     where m.id = old.message_id and m.feedback is not null and m.created_at < added_up;
  end if;
  return null;
end $$;
create trigger correct_traces after update on public.message_traces for each row
  when (old.created_at < now() - interval '1 hour') execute function renus.correct_traces();
revoke all on function renus.take_off_figures, renus.correct_replies, renus.correct_traces from public;
