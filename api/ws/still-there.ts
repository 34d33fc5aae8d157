import { sql } from "kysely";
import { SYSTEM, type UserActor, type VisitorActor } from "../db/actor.ts";
import type { Database } from "../db/database.ts";

/**
 * Asks the database whether those who have sockets may keep them: false for visitors who were erased, people who were
 * removed, signed out, or given other rights.
 */
export async function findWhoStays(
  db: Database,
  actors: readonly (UserActor | VisitorActor)[],
): Promise<(actor: UserActor | VisitorActor) => boolean> {
  const list = (ids: (string | null)[]) => JSON.stringify([...new Set(ids.filter((id) => id !== null))]);
  const users = actors.filter((actor) => actor.kind === "user");
  const { rows } = await db.as(SYSTEM, (trx) =>
    sql<{ id: string; role: string | null; client_id: string | null }>`
      select v.id, null as role, null::uuid as client_id from public.visitors v
       where v.id in (select value::uuid from jsonb_array_elements_text(
         ${list(actors.map((actor) => (actor.kind === "visitor" ? actor.visitor_id : null)))}::jsonb))
      union all
      select p.id, p.role, p.client_id from public.profiles p
       where p.id in (select value::uuid from jsonb_array_elements_text(${list(users.map(({ user_id }) => user_id))}::jsonb))
      union all
      select s.id, 'ended', null from auth.sessions s
       where s.revoked_at is not null
         and s.id in (select value::uuid from jsonb_array_elements_text(${list(users.map(({ session_id }) => session_id))}::jsonb))`.execute(
      trx,
    ),
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  return (actor) => {
    if (actor.kind === "visitor") return found.has(actor.visitor_id);
    const profile = found.get(actor.user_id);
    const isSame = profile?.role === actor.role && (actor.role === "admin" || profile.client_id === actor.client_id);
    return isSame && !(actor.session_id !== null && found.has(actor.session_id));
  };
}
