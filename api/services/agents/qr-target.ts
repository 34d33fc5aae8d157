import type { UserActor } from "../../db/actor.ts";
import { AppError } from "../../errors.ts";
import { withSource } from "../../lib/qr.ts";
import type { ServiceContext } from "../context.ts";
import { findAgent } from "./find-agent.ts";
import { publicUrlOf } from "./to-agent.ts";

/** The address a QR code of the agent encodes. Throws AGENT_NOT_FOUND, NOT_FOUND before the first publication. */
export async function qrTarget(ctx: ServiceContext<UserActor>, input: { id: string; source?: string }): Promise<string> {
  const row = await ctx.db.as(ctx.actor, (trx) => findAgent(trx, input.id));
  if (row.public_url === null) throw new AppError("NOT_FOUND", "This agent has no public address yet. Publish it first.");
  return withSource(publicUrlOf(row.slug, ctx.config), input.source);
}
