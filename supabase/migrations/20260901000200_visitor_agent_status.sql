-- Visitors may not read agents, but have to learn whether theirs still answers. Null: the visitor or the agent is gone.
create function renus.visitor_agent_status() returns text language sql stable security definer set search_path = '' as $$
  select a.status from public.visitors v join public.agents a on a.id = v.agent_id where v.id = renus.claim_uuid('sub')
$$;
revoke all on function renus.visitor_agent_status() from public;
grant execute on function renus.visitor_agent_status() to renus_visitor;
