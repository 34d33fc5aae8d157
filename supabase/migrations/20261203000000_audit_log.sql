-- Who changed what, when: names of fields, never what stood or stands in them. No foreign keys: an entry outlives its object.
create table public.audit_log (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default clock_timestamp(),
  -- As they were called then.
  actor_id uuid not null,
  actor_name text,
  action text not null,
  object_id uuid not null,
  object_name text,
  client_id uuid,
  fields text[] not null default '{}'
);
create index idx_audit_log_created_at on public.audit_log (created_at desc, id desc);
create index idx_audit_log_actor_id on public.audit_log (actor_id, created_at desc, id desc);
create index idx_audit_log_object_id on public.audit_log (object_id, created_at desc, id desc);

alter table public.audit_log enable row level security;
revoke all on public.audit_log from anon, authenticated;
grant select, delete on public.audit_log to service_role;
grant select on public.audit_log to authenticated;
create policy "Service has full access to audit_log" on public.audit_log to service_role using (true) with check (true);
create policy "Admins can view audit_log" on public.audit_log for select to authenticated using ((select renus.is_admin()));

-- The only way in: with its owner's rights, so that nobody can write, change or delete an entry about others. Who acts is whoever
-- the transaction acts for; `p_actor_id` counts where that is the server itself.
create function renus.note_change(
  p_actor_id uuid, p_actor_name text, p_action text, p_object_id uuid, p_object_name text, p_client_id uuid, p_fields text[]
) returns void language sql security definer set search_path = '' as $$
  insert into public.audit_log (actor_id, actor_name, action, object_id, object_name, client_id, fields)
  values (coalesce(auth.uid(), p_actor_id), p_actor_name, p_action, p_object_id, p_object_name, p_client_id, p_fields)
$$;
revoke all on function renus.note_change from public;
grant execute on function renus.note_change to authenticated, service_role;
