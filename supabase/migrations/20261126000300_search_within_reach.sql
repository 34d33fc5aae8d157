-- Searching for words that are frequent, but not where the caller looks, took as long as looking at each of their conversations.

-- Conversations of the caller's company with a message that has all the words, the last of which may go on; newest activity
-- first. With its owner's rights, because row-level security keeps PostgreSQL from asking the index of words before it has
-- looked at each row. Rare words are looked up there and all of their conversations are known. Words with more messages than
-- that are most often met soon by walking through the newest conversations; if not, the index has to gather all of them.
-- Estimates of how rare a beginning of a word is are guesses, so the plan is not left to them: costs of what is switched off
-- would also have PostgreSQL compile the plan, which takes longer than all of it.
create or replace function renus.search_conversations(
  p_query text, p_status text, p_agent_id uuid, p_owner text, p_owner_id uuid, p_waiting boolean,
  p_after_at timestamptz, p_after_id uuid, p_limit integer
) returns setof uuid language plpgsql stable security definer
set search_path = '' set jit = off set enable_seqscan = off set enable_bitmapscan = on set gin_fuzzy_search_limit = 20000 as $$
declare
  rare_max constant integer := 10000;
  walk_max constant integer := 2000;
  company uuid := renus.user_client_id();
  sees_all boolean := renus.is_admin();
  wanted tsquery := (nullif(plainto_tsquery('simple', p_query)::text, '') || ':*')::tsquery;
  found_in uuid[];
  returned integer;
  seen_at timestamptz;
  seen_id uuid;
  candidates constant text := 'from public.conversations c where true'
    || case when sees_all then '' else ' and c.client_id = $1' end
    || case when p_status is null then '' else ' and c.status = $2' end
    || case when p_agent_id is null then '' else ' and c.agent_id = $3' end
    || case when p_owner is null then '' else ' and c.owner = $4' end
    || case when p_owner_id is null then '' else ' and c.owner_id = $5' end
    || case when p_waiting then ' and c.waiting' else '' end;
  earlier constant text := ' and (coalesce(c.last_message_at, c.created_at), c.id) < ($6, $7)';
  newest_first constant text := ' order by coalesce(c.last_message_at, c.created_at) desc, c.id desc';
  has_words constant text := $sql$m.role <> 'system' and m.status <> 'streaming' and to_tsvector('simple', m.content) @@ $8$sql$;
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
    return query execute
      'select near.id from (select c.id, coalesce(c.last_message_at, c.created_at) as at ' || candidates
      || case when p_after_at is null then '' else earlier end || newest_first || ' limit ' || walk_max || ') near
        where exists (select from public.messages m where m.conversation_id = near.id and ' || has_words || ')
        order by near.at desc, near.id desc limit $9'
      using company, p_status, p_agent_id, p_owner, p_owner_id, p_after_at, p_after_id, wanted, p_limit;
    get diagnostics returned = row_count;
    if returned = p_limit then
      return;
    end if;
    execute
      'select coalesce(c.last_message_at, c.created_at), c.id ' || candidates
      || case when p_after_at is null then '' else earlier end || newest_first || ' offset ' || walk_max - 1 || ' limit 1'
      into seen_at, seen_id using company, p_status, p_agent_id, p_owner, p_owner_id, p_after_at, p_after_id;
    if seen_id is null then
      return;
    end if;
    perform set_config('gin_fuzzy_search_limit', '0', true);
    perform set_config('enable_bitmapscan', 'on', true);
    return query execute
      'select c.id ' || candidates || earlier
      || ' and c.id in (select m.conversation_id from public.messages m where ' || has_words || ')' || newest_first || ' limit $9'
      using company, p_status, p_agent_id, p_owner, p_owner_id, seen_at, seen_id, wanted, p_limit - returned;
    return;
  end if;
  return query execute
    'select c.id ' || candidates || ' and c.id = any ($8)' || case when p_after_at is null then '' else earlier end
    || newest_first || ' limit $9'
    using company, p_status, p_agent_id, p_owner, p_owner_id, p_after_at, p_after_id, found_in, p_limit;
end $$;
