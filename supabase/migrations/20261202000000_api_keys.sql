-- API keys: subjects of their own, for programs. The claim `sub` of a key's transaction is the key's id, so every policy that asks
-- for the caller's company or for an administrator holds for keys as well.

create table public.api_keys (
  id uuid primary key default gen_random_uuid(),
  -- null: all companies, as an administrator sees them.
  client_id uuid references public.clients (id) on delete cascade,
  name text not null,
  -- How the key begins, to tell keys apart.
  prefix text not null,
  -- SHA-256 of the key, in hex. The key has 256 random bits: nothing slower is needed.
  key_hash text not null unique,
  scopes text[] not null check (cardinality(scopes) > 0),
  created_by uuid,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz
);
create index idx_api_keys_client_id on public.api_keys (client_id);

-- A person is found at the first look; only a key costs a second one.
create or replace function renus.is_admin() returns boolean language plpgsql stable security definer set search_path = '' as $$
declare
  subject uuid := auth.uid();
  person_role text;
begin
  select role into person_role from public.profiles where id = subject;
  if found then
    return person_role = 'admin';
  end if;
  return exists (select from public.api_keys k
                  where k.id = subject and k.client_id is null and (k.expires_at is null or k.expires_at > now()));
end $$;
create or replace function renus.user_client_id() returns uuid language plpgsql stable security definer set search_path = '' as $$
declare
  subject uuid := auth.uid();
  person public.profiles;
begin
  select * into person from public.profiles where id = subject;
  if found then
    return case when person.role = 'client' then person.client_id end;
  end if;
  return (select k.client_id from public.api_keys k
           where k.id = subject and (k.expires_at is null or k.expires_at > now()));
end $$;
create function renus.is_person() returns boolean language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (select from public.profiles where id = auth.uid());
end $$;
revoke all on function renus.is_person from public;
grant execute on function renus.is_person to authenticated;

alter table public.api_keys enable row level security;
revoke all on public.api_keys from anon, authenticated;
grant select, insert, update, delete on public.api_keys to service_role;
grant select, delete on public.api_keys to authenticated;
grant insert (client_id, name, prefix, key_hash, scopes, created_by, expires_at) on public.api_keys to authenticated;
create policy "Service has full access to api_keys" on public.api_keys to service_role using (true) with check (true);
-- A key makes no keys and no people: whoever took one could make themselves a way in that outlives it.
create policy "Administrators in person have full access to api_keys" on public.api_keys
  to authenticated using ((select renus.is_admin() and renus.is_person())) with check ((select renus.is_admin() and renus.is_person()));
create policy "Keys make no people" on public.profiles as restrictive
  for insert to authenticated with check ((select renus.is_person()));
create policy "Keys change no people" on public.profiles as restrictive
  for update to authenticated using ((select renus.is_person()));
create policy "Keys delete no people" on public.profiles as restrictive
  for delete to authenticated using ((select renus.is_person()));
