-- As before, in one look at the visitors and their agents where it was two: this stands in the way of every message.

-- Those of the acting visitors whose agent does not answer, and those who have yet to agree to the words that theirs asks for.
-- Visitors may read neither agents nor visitors.
create function renus.unheard_visitors(out forsaken uuid[], out owing uuid[]) language plpgsql stable security definer set search_path = '' as $$
begin
  select coalesce(array_agg(w.id) filter (where a.id is null), '{}'),
         coalesce(array_agg(w.id) filter (where btrim(coalesce(a.config #>> '{consent,text}', '')) <> ''
                                            and a.config #>> '{consent,text}' is distinct from v.consent_text), '{}')
    into forsaken, owing
    from unnest(renus.acting_visitors()) w (id)
    left join public.visitors v on v.id = w.id
    left join public.agents a on a.id = v.agent_id and a.status = 'active';
end $$;
revoke all on function renus.unheard_visitors from public;
grant execute on function renus.unheard_visitors to renus_visitor;

-- As before, with one more outcome: consent_owed (new, and the visitor has yet to agree). What is stored already is a duplicate
-- all the same.
create or replace function renus.post_visitor_messages(p_items jsonb, p_waits boolean)
returns table (conversation_id uuid, outcome text, message public.messages, is_reply_due boolean)
language plpgsql set search_path = '' as $$
declare
  forsaken uuid[];
  owing uuid[];
  results renus.appended[];
  due uuid[];
begin
  perform set_config('role', 'renus_visitor', true),
          set_config('request.jwt.claims', '{"role":"renus_visitor"}', true),
          set_config('renus.visitors', array(select i ->> 'sender_id' from jsonb_array_elements(p_items) i)::text, true);
  select u.forsaken, u.owing into forsaken, owing from renus.unheard_visitors() u;
  results := array(select a from renus.append_messages(p_items, p_waits, forsaken || owing) a);
  due := array(select r.conversation_id from unnest(results) r where r.outcome = 'stored' and r.owner = 'assistant');
  if due <> '{}' then
    perform renus.request_replies(due, array(select (r.message).seq from unnest(results) r where r.outcome = 'stored' and r.owner = 'assistant'));
  end if;
  if owing = '{}' then
    return query select r.conversation_id, r.outcome, r.message, r.conversation_id = any (due) from unnest(results) r;
    return;
  end if;
  return query
    select r.conversation_id,
           case when r.outcome = 'unavailable' and i.sender_id <> all (forsaken) then 'consent_owed' else r.outcome end,
           r.message, r.conversation_id = any (due)
      from unnest(results) r
      join jsonb_to_recordset(p_items) as i (conversation_id uuid, sender_id uuid) on i.conversation_id = r.conversation_id;
end $$;
