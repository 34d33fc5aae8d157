-- Whoever has a person's token may ask Supabase's own HTTP interface past our server. What only the server kept is kept here.

-- A label took any message and any specialist there is: one company's could occupy a message of another's.
drop policy "Users can label examples of their client" on public.routing_examples;
create policy "Users can label examples of their client" on public.routing_examples
  to authenticated using (client_id = (select renus.user_client_id()))
  with check (client_id = (select renus.user_client_id())
              and agent_id in (select id from public.agents where client_id = (select renus.user_client_id()))
              and exists (select from public.messages m where m.id = message_id and m.client_id = (select renus.user_client_id()))
              and (chosen_sub_agent_id is null
                   or exists (select from public.sub_agents s where s.id = chosen_sub_agent_id and s.agent_id = routing_examples.agent_id))
              and (expected_sub_agent_id is null
                   or exists (select from public.sub_agents s where s.id = expected_sub_agent_id and s.agent_id = routing_examples.agent_id)));

-- Whoever pays for the models decides what they may cost. A policy does not see the row as it was.
create function renus.keep_agent_limits() returns trigger language plpgsql set search_path = '' as $$
begin
  -- Two questions: other roles may not call the function of the second, which is checked before the first is answered.
  if current_user = 'authenticated'
     and new.config -> 'limits' is distinct from (case when tg_op = 'UPDATE' then old.config -> 'limits' end) then
    if not renus.is_admin() then
      raise exception 'Only administrators change what an agent may spend.' using errcode = 'insufficient_privilege';
    end if;
  end if;
  return new;
end $$;
revoke all on function renus.keep_agent_limits() from public;
create trigger keep_agent_limits before insert or update of config on public.agents
  for each row execute function renus.keep_agent_limits();
