-- Adds points to many keys in one statement, which is one transaction: takes on the server's role, and only then touches the
-- table. `p_additions`: [{key, points, window_ms}], each key once.
create function renus.count_points(p_additions jsonb)
returns table (key text, points integer, ends_in_ms double precision)
language plpgsql set search_path = '' set jit = off as $$
#variable_conflict use_column
begin
  perform set_config('role', 'service_role', true), set_config('request.jwt.claims', '{"role":"service_role"}', true);
  return query
    insert into public.rate_counters as c (key, points, ends_at)
    select a.key, a.points, clock_timestamp() + a.window_ms * interval '1 millisecond'
      from jsonb_to_recordset(p_additions) as a (key text, points integer, window_ms double precision)
     -- In the order of their keys, so that two nodes never wait for each other.
     order by a.key
    on conflict (key) do update
      set points = case when c.ends_at > clock_timestamp() then c.points else 0 end + excluded.points,
          ends_at = case when c.ends_at > clock_timestamp() then c.ends_at else excluded.ends_at end
    returning c.key, c.points, greatest(1, extract(epoch from c.ends_at - clock_timestamp()) * 1000)::double precision;
end $$;
revoke all on function renus.count_points from public;
