-- Which of the wanted migrations the database has not had. Servers ask whether it is the one they were made for; the list itself
-- belongs to the owner.
create function renus.missing_migrations(p_wanted text[])
returns text[]
language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(w.version order by w.version), '{}')
    from unnest(p_wanted) as w (version)
   where not exists (select from supabase_migrations.schema_migrations m where m.version = w.version)
$$;
revoke all on function renus.missing_migrations from public;
grant execute on function renus.missing_migrations to service_role;
