-- Webhooks: what happens is written down for each endpoint that wants to hear it, in the transaction in which it happens, and is
-- delivered from there until the endpoint has taken it.

create table public.webhook_endpoints (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id) on delete cascade,
  url text not null,
  events text[] not null check (cardinality(events) > 0),
  -- With which deliveries are signed.
  secret text not null,
  is_active boolean not null default true,
  -- Why the server has switched it off: it failed for days, or said that it is gone for good.
  disabled_reason text check (disabled_reason in ('failing', 'gone')),
  -- Since when no delivery has been taken.
  failing_since timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index idx_webhook_endpoints_client_id on public.webhook_endpoints (client_id);
create trigger update_webhook_endpoints_updated_at before update on public.webhook_endpoints
  for each row execute function renus.touch_updated_at();

create table public.webhook_deliveries (
  id uuid primary key default gen_random_uuid(),
  endpoint_id uuid not null references public.webhook_endpoints (id) on delete cascade,
  client_id uuid not null references public.clients (id) on delete cascade,
  -- It holds what visitors wrote, and goes with it.
  conversation_id uuid references public.conversations (id) on delete cascade,
  type text not null,
  -- The row as it was, by its kind: {"message": …}, {"conversation": …}, {"agent": …}.
  data jsonb not null,
  status text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
  -- Also the fence: who delivers an older attempt writes nothing.
  attempts integer not null default 0,
  -- When to try next; while an attempt is under way, when it counts as dead.
  next_attempt_at timestamptz not null default now(),
  response_status integer,
  error text,
  created_at timestamptz not null default now(),
  delivered_at timestamptz
);
create index idx_webhook_deliveries_pending on public.webhook_deliveries (endpoint_id, next_attempt_at) where status = 'pending';
create index idx_webhook_deliveries_log on public.webhook_deliveries (endpoint_id, created_at desc, id desc);
create index idx_webhook_deliveries_client_id on public.webhook_deliveries (client_id);
create index idx_webhook_deliveries_conversation_id on public.webhook_deliveries (conversation_id);
create index idx_webhook_deliveries_created_at on public.webhook_deliveries (created_at);

-- With its owner's rights: visitors write messages and may not know who hears of them.
create function renus.queue_webhooks(p_type text, p_client_id uuid, p_conversation_id uuid, p_data jsonb) returns void
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.webhook_deliveries (endpoint_id, client_id, conversation_id, type, data)
  select e.id, e.client_id, p_conversation_id, p_type, p_data
    from public.webhook_endpoints e
   where e.client_id = p_client_id and e.is_active and p_type = any (e.events);
end $$;
-- Most companies have none: nothing is made for nobody.
create function renus.has_webhooks(p_client_id uuid) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (select from public.webhook_endpoints e where e.client_id = p_client_id and e.is_active);
end $$;

create function renus.tell_message() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if renus.has_webhooks(new.client_id) then
    perform renus.queue_webhooks('message.created', new.client_id, new.conversation_id, jsonb_build_object('message', to_jsonb(new)));
  end if;
  return null;
end $$;
create trigger tell_message_written after insert on public.messages
  for each row when (new.status <> 'streaming' and new.role <> 'system') execute function renus.tell_message();
-- A reply is told once it has ended.
create trigger tell_reply_ended after update of status on public.messages
  for each row when (old.status = 'streaming' and new.status <> 'streaming') execute function renus.tell_message();

create function renus.tell_conversation() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  told jsonb;
begin
  if not renus.has_webhooks(new.client_id) then
    return null;
  end if;
  select jsonb_build_object('conversation', to_jsonb(new) || jsonb_build_object(
           'visitor_name', v.name, 'visitor_email', v.email, 'visitor_is_verified', v.is_verified))
    into told from (select new.visitor_id as id) n left join public.visitors v on v.id = n.id;
  if tg_op = 'INSERT' then
    perform renus.queue_webhooks('conversation.created', new.client_id, new.id, told);
    return null;
  end if;
  if old.owner <> new.owner then
    perform renus.queue_webhooks(
      case new.owner when 'operator' then 'conversation.handed_off' else 'conversation.handed_back' end, new.client_id, new.id, told);
  end if;
  if old.status <> new.status and new.status = 'closed' then
    perform renus.queue_webhooks('conversation.closed', new.client_id, new.id, told);
  end if;
  return null;
end $$;
create trigger tell_conversation_created after insert on public.conversations
  for each row execute function renus.tell_conversation();
create trigger tell_conversation_changed after update of owner, status on public.conversations
  for each row when (old.owner <> new.owner or old.status <> new.status) execute function renus.tell_conversation();

create function renus.tell_agent() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if renus.has_webhooks(new.client_id) then
    perform renus.queue_webhooks(
      case new.status when 'active' then 'agent.published' else 'agent.unpublished' end, new.client_id, null,
      jsonb_build_object('agent', jsonb_build_object(
        'id', new.id, 'client_id', new.client_id, 'name', new.name, 'slug', new.slug, 'status', new.status)));
  end if;
  return null;
end $$;
create trigger tell_agent after update of status on public.agents
  for each row when (old.status <> new.status and 'active' in (old.status, new.status)) execute function renus.tell_agent();

revoke all on function renus.queue_webhooks, renus.has_webhooks, renus.tell_message, renus.tell_conversation, renus.tell_agent
  from public;

do $$
declare t text;
begin
  foreach t in array array['webhook_endpoints', 'webhook_deliveries'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('revoke all on public.%I from anon, authenticated', t);
    execute format('grant select, insert, update, delete on public.%I to service_role', t);
    execute format('create policy "Service has full access to %s" on public.%I to service_role using (true) with check (true)', t, t);
  end loop;
end $$;
grant select, insert, delete, update (url, events, is_active, disabled_reason, failing_since)
  on public.webhook_endpoints to authenticated;
create policy "Admins have full access to webhook_endpoints" on public.webhook_endpoints
  to authenticated using ((select renus.is_admin())) with check ((select renus.is_admin()));
create policy "Users can keep webhook_endpoints of their client" on public.webhook_endpoints
  to authenticated using (client_id = (select renus.user_client_id())) with check (client_id = (select renus.user_client_id()));

-- A person adds a test and has one sent again; what is told stays as it was.
grant select, insert (endpoint_id, client_id, type, data), update (status, attempts, next_attempt_at)
  on public.webhook_deliveries to authenticated;
create policy "Admins have full access to webhook_deliveries" on public.webhook_deliveries
  to authenticated using ((select renus.is_admin())) with check ((select renus.is_admin()));
create policy "Users can view webhook_deliveries of their client" on public.webhook_deliveries
  for select to authenticated using (client_id = (select renus.user_client_id()));
create policy "Users can replay webhook_deliveries of their client" on public.webhook_deliveries
  for update to authenticated
  using (client_id = (select renus.user_client_id())) with check (client_id = (select renus.user_client_id()));
create policy "Users can test webhook_endpoints of their client" on public.webhook_deliveries
  for insert to authenticated
  with check (client_id = (select renus.user_client_id())
              and endpoint_id in (select id from public.webhook_endpoints where client_id = (select renus.user_client_id())));
