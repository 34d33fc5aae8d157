-- A webhook's secret is changed without losing an event: for a while deliveries are signed with the former one as well.
alter table public.webhook_endpoints
  add column former_secret text,
  -- Until when it signs; null: there is none.
  add column former_secret_until timestamptz;
grant update (secret, former_secret, former_secret_until) on public.webhook_endpoints to authenticated;
