-- A frequent word that is rare where the caller looks was asked of each conversation's messages, one after another.

-- Conversations of the caller's company with a message that has all the words, the last of which may go on; newest activity
-- first. With its owner's rights, because row-level security keeps PostgreSQL from asking the index of words before it has
-- looked at each row. Words that are in most conversations fill a page from the newest of them. Other words are looked up in
-- the index: rare ones at once. Of frequent ones it tells a sample; where the caller looks in conversations of the sample, a
-- longer walk may do, else all messages with the words are gathered, which costs a tenth of reading as many of them.
-- Estimates of how rare a beginning of a word is are guesses, so the plan is not left to them, nor are workers started for them.
create or replace function renus.search_conversations(
  p_query text, p_status text, p_agent_id uuid, p_owner text, p_owner_id uuid, p_waiting boolean,
  p_after_at timestamptz, p_after_id uuid, p_limit integer
) returns setof uuid language plpgsql stable security definer
set search_path = '' set jit = off set enable_seqscan = off set enable_bitmapscan = on set gin_fuzzy_search_limit = 20000
set work_mem = '32MB' set max_parallel_workers_per_gather = 0 as $$
declare
  rare_max constant integer := 10000;
  walk_max constant integer := 500;
  company uuid := renus.user_client_id();
  sees_all constant boolean := renus.is_admin();
  wanted constant tsquery := (nullif(plainto_tsquery('simple', p_query)::text, '') || ':*')::tsquery;
  found_in uuid[];
  page uuid[];
  is_met boolean;
  candidates text;
  walk text;
  newest_first constant text := ' order by coalesce(c.last_message_at, c.created_at) desc, c.id desc';
  has_words constant text := $sql$m.role <> 'system' and m.status <> 'streaming' and to_tsvector('simple', m.content) @@ $8$sql$;
begin
  if wanted is null or (company is null and not sees_all) then
    return;
  end if;
  if sees_all then
    company := (select a.client_id from public.agents a where a.id = p_agent_id);
  end if;
  candidates := 'from public.conversations c where true'
    || case when company is null then '' else ' and c.client_id = $1' end
    || case when p_status is null then '' else ' and c.status = $2' end
    || case when p_agent_id is null then '' else ' and c.agent_id = $3' end
    || case when p_owner is null then '' else ' and c.owner = $4' end
    || case when p_owner_id is null then '' else ' and c.owner_id = $5' end
    || case when p_waiting then ' and c.waiting' else '' end
    || case when p_after_at is null then '' else ' and (coalesce(c.last_message_at, c.created_at), c.id) < ($6, $7)' end;
  walk := 'select array(select near.id from (select c.id, coalesce(c.last_message_at, c.created_at) as at ' || candidates
    || newest_first || ' limit $10) near
       where exists (select from public.messages m where m.conversation_id = near.id and ' || has_words || ')
       order by near.at desc, near.id desc limit $9)';

  -- Little more than a page, and once the index says that it may do, more of them.
  perform set_config('enable_bitmapscan', 'off', true);
  execute walk into page
    using company, p_status, p_agent_id, p_owner, p_owner_id, p_after_at, p_after_id, wanted, p_limit, p_limit + p_limit / 3;
  if cardinality(page) = p_limit then
    return query select unnest(page);
    return;
  end if;
  perform set_config('enable_bitmapscan', 'on', true);
  found_in := array(
    select m.conversation_id from public.messages m
     where m.role <> 'system' and m.status <> 'streaming' and to_tsvector('simple', m.content) @@ wanted
     limit rare_max + 1);
  if cardinality(found_in) > rare_max then
    execute 'select exists (select ' || candidates || ' and c.id = any ($8))' into is_met
      using company, p_status, p_agent_id, p_owner, p_owner_id, p_after_at, p_after_id, found_in;
    if is_met then
      perform set_config('enable_bitmapscan', 'off', true);
      execute walk into page
        using company, p_status, p_agent_id, p_owner, p_owner_id, p_after_at, p_after_id, wanted, p_limit, walk_max;
      if cardinality(page) = p_limit then
        return query select unnest(page);
        return;
      end if;
      perform set_config('enable_bitmapscan', 'on', true);
    end if;
  end if;
  -- The limit of the index leaves rows out at random, which says how frequent words are and never which messages have them.
  perform set_config('gin_fuzzy_search_limit', '0', true);
  execute 'select array(select distinct m.conversation_id from public.messages m where ' || has_words
    || case when company is null then '' else ' and m.client_id = $1' end || ')' into found_in
    using company, p_status, p_agent_id, p_owner, p_owner_id, p_after_at, p_after_id, wanted;
  return query execute
    'select c.id ' || candidates || ' and c.id = any ($8)' || newest_first || ' limit $9'
    using company, p_status, p_agent_id, p_owner, p_owner_id, p_after_at, p_after_id, found_in, p_limit;
end $$;
