-- Messages of many visitors are inserted by one statement: whether somebody wants to hear of them is asked once for all.
create function renus.tell_messages() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.webhook_deliveries (endpoint_id, client_id, conversation_id, type, data)
  select e.id, e.client_id, m.conversation_id, 'message.created', jsonb_build_object('message', to_jsonb(m))
    from added m
    join public.webhook_endpoints e on e.client_id = m.client_id and e.is_active and 'message.created' = any (e.events)
   where m.status <> 'streaming' and m.role <> 'system';
  return null;
end $$;
revoke all on function renus.tell_messages from public;
drop trigger tell_message_written on public.messages;
create trigger tell_messages_written after insert on public.messages
  referencing new table as added for each statement execute function renus.tell_messages();
