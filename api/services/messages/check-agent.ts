import { sql } from "kysely";
import { SYSTEM, type VisitorActor } from "../../db/actor.ts";
import type { Database } from "../../db/database.ts";
import { AppError, sessionEnded } from "../../errors.ts";
import type { ServiceContext } from "../context.ts";

/**
 * Throws AGENT_NOT_FOUND when the visitor's agent is paused, unpublished or gone, and AUTH_ERROR when the visitor is, though
 * their token lives: they begin anew.
 */
export async function checkAgent(ctx: Pick<ServiceContext<VisitorActor>, "db" | "actor">): Promise<void> {
  const { agent_id, visitor_id } = ctx.actor;
  const status = await agentStatus(ctx.db, visitor_id);
  if (status === "active") return;
  // Without a visitor there is no status.
  const agent =
    status === undefined &&
    (await ctx.db.as(SYSTEM, (trx) => trx.selectFrom("agents").select("id").where("id", "=", agent_id).executeTakeFirst()));
  throw agent ? sessionEnded() : agentUnavailable(agent_id);
}

export const agentUnavailable = (agentId: string) =>
  new AppError("AGENT_NOT_FOUND", "This assistant is not available at the moment. Please come back later.", {
    agent_id: agentId,
  });

interface Look {
  visitor_id: string;
  resolve(status: string | undefined): void;
  reject(err: unknown): void;
}

/** Visitors of one statement. */
const LOOKS_MAX = 1000;
/** Databases that are being asked, and who came meanwhile. */
const waitingFor = new WeakMap<Database, Look[]>();

/** After a restart thousands come back within seconds: who comes while a look is on its way shares the next one. */
function agentStatus(db: Database, visitor_id: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const look = { visitor_id, resolve, reject };
    const waiting = waitingFor.get(db);
    if (waiting) waiting.push(look);
    else {
      waitingFor.set(db, [look]);
      void lookForAll(db, waitingFor.get(db)!);
    }
  });
}

async function lookForAll(db: Database, waiting: Look[]): Promise<void> {
  while (waiting.length > 0) {
    const batch = waiting.splice(0, LOOKS_MAX);
    try {
      const ids = JSON.stringify(batch.map((look) => look.visitor_id));
      const { rows } = await db.as(SYSTEM, (trx) =>
        sql<{ id: string; status: string }>`
          select v.id, a.status from public.visitors v join public.agents a on a.id = v.agent_id
           where v.id in (select value::uuid from jsonb_array_elements_text(${ids}::jsonb))`.execute(trx),
      );
      const statuses = new Map(rows.map(({ id, status }) => [id, status]));
      for (const look of batch) look.resolve(statuses.get(look.visitor_id));
    } catch (err) {
      for (const look of batch) look.reject(err);
    }
  }
  waitingFor.delete(db);
}
