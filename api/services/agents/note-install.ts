import { sql } from "kysely";
import { normalizeOrigin } from "../../../protocol/origins.ts";
import type { Trx } from "../../db/database.ts";
import type { PageOrigin } from "../../lib/origins.ts";

/** Anything may stand in the header, so an agent remembers no more than these; the one not seen for longest makes room. */
export const INSTALLS_MAX = 50;
const ORIGIN_CHARS_MAX = 300;

/** Remembers that a session began on another website than our own. One write a minute and website at most. */
export async function noteInstall(
  trx: Trx,
  agent: { id: string; client_id: string },
  page: PageOrigin,
  widgetVersion: string | undefined,
): Promise<void> {
  const origin = page.isOwn ? null : normalizeOrigin(page.origin ?? "");
  if (!origin || origin.length > ORIGIN_CHARS_MAX) return;
  const known = await trx
    .selectFrom("agent_installs")
    .select(sql<boolean>`last_seen_at > now() - interval '1 minute'`.as("is_fresh"))
    .where("agent_id", "=", agent.id)
    .where("origin", "=", origin)
    .executeTakeFirst();
  if (known?.is_fresh) return;
  if (!known) await makeRoom(trx, agent.id);
  await trx
    .insertInto("agent_installs")
    .values({ agent_id: agent.id, client_id: agent.client_id, origin, widget_version: widgetVersion ?? null })
    .onConflict((conflict) =>
      conflict.columns(["agent_id", "origin"]).doUpdateSet({
        sessions: sql`agent_installs.sessions + 1`,
        last_seen_at: sql`now()`,
        widget_version: (eb) => eb.fn.coalesce("excluded.widget_version", "agent_installs.widget_version"),
      }),
    )
    .execute();
}

/**
 * Two new websites at once must not both find the last place. A lock of its own: a session that begins holds a share of the
 * agent's row already, and two that want the whole row would wait for each other for ever.
 */
async function makeRoom(trx: Trx, agentId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${agentId}, 0))`.execute(trx);
  await trx
    .deleteFrom("agent_installs")
    .where("agent_id", "=", agentId)
    .where("origin", "in", (eb) =>
      eb
        .selectFrom("agent_installs")
        .select("origin")
        .where("agent_id", "=", agentId)
        .orderBy("last_seen_at", "desc")
        .orderBy("origin")
        .offset(INSTALLS_MAX - 1),
    )
    .execute();
}
