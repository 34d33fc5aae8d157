-- What was answered to a request with an Idempotency-Key, so that the same request gets the same answer on every node.

create table public.idempotency_keys (
  -- The person or API key who asked; their keys are theirs alone.
  caller_id uuid not null,
  -- SHA-256 of the key, and of method, address and body, in hex.
  key_hash text not null,
  request_hash text not null,
  -- Who carries the request out; another one once its time has run out.
  holder uuid not null,
  held_until timestamptz not null,
  -- null: it is being carried out.
  status integer,
  -- Sealed: it may hold a secret.
  answer text,
  created_at timestamptz not null default now(),
  primary key (caller_id, key_hash)
);
create index idx_idempotency_keys_created_at on public.idempotency_keys (created_at);
alter table public.idempotency_keys enable row level security;
revoke all on public.idempotency_keys from anon, authenticated;
grant select, insert, update, delete on public.idempotency_keys to service_role;
create policy "Service has full access to idempotency_keys" on public.idempotency_keys
  to service_role using (true) with check (true);
