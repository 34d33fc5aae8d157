-- What visitors have to agree to before they write, where their agent says so: to which words, and when.
alter table public.visitors add column consented_at timestamptz, add column consent_text text;

-- Visitors may read neither agents nor visitors. Other words than those they agreed to have to be agreed to anew.
create function renus.visitor_owes_consent() returns boolean language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (select from public.visitors v join public.agents a on a.id = v.agent_id
                  where v.id = renus.claim_uuid('sub')
                    and btrim(coalesce(a.config #>> '{consent,text}', '')) <> ''
                    and a.config #>> '{consent,text}' is distinct from v.consent_text);
end $$;
revoke all on function renus.visitor_owes_consent from public;
grant execute on function renus.visitor_owes_consent to renus_visitor;
