import { SYSTEM, type VisitorActor } from "../../db/actor.ts";
import { forbidden } from "../../errors.ts";
import { allowedOriginsOf, isOriginAllowed, type PageOrigin } from "../../lib/origins.ts";
import type { AgentRow } from "../agents/to-agent.ts";
import type { ServiceContext } from "../context.ts";

/** Throws FORBIDDEN where the agent's owner has named other websites. */
export function requireOrigin(agent: Pick<AgentRow, "config">, page: PageOrigin): void {
  if (page.isOwn || isOriginAllowed(page.origin, allowedOriginsOf(agent.config))) return;
  // Anything may stand in the header; only what is an origin is repeated.
  const where = page.origin && URL.parse(page.origin)?.origin === page.origin ? page.origin : "this page";
  throw forbidden(`This chat may not be used on ${where}. Its owner can add the site to the list of allowed websites.`);
}

/** The same for the agent of the visitor's token; one that is gone is told where it is looked for. Throws FORBIDDEN. */
export async function checkOrigin(ctx: Pick<ServiceContext<VisitorActor>, "actor" | "db">, page: PageOrigin): Promise<void> {
  if (page.isOwn) return;
  const agent = await ctx.db.as(SYSTEM, (trx) =>
    trx.selectFrom("agents").select("config").where("id", "=", ctx.actor.agent_id).executeTakeFirst(),
  );
  if (agent) requireOrigin(agent, page);
}
