import type { PublishResult } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { AppError } from "../../errors.ts";
import { pngDataUrl, qrPng } from "../../lib/qr.ts";
import type { ServiceContext } from "../context.ts";
import { noteChange } from "../audit/note-change.ts";
import { missingSteps } from "../wizard/steps.ts";
import { embedSnippet } from "./embed-snippet.ts";
import { findAgent, lockAgent } from "./find-agent.ts";
import { publicUrlOf, toAgent } from "./to-agent.ts";
import { isPlaceholderSlug, withFreeSlug } from "./with-free-slug.ts";

/**
 * Makes the agent public and gives everything to share it. The slug comes from the name at the first publication and stays.
 * Throws AGENT_NOT_FOUND, WIZARD_INCOMPLETE.
 */
export async function publishAgent(ctx: ServiceContext<UserActor>, input: { id: string }): Promise<PublishResult> {
  const before = await ctx.db.as(ctx.actor, (trx) => findAgent(trx, input.id));
  const missing = missingSteps(before);
  if (missing.length > 0) {
    throw new AppError("WIZARD_INCOMPLETE", `Complete step ${missing.join(" and ")} before publishing.`, {
      missing_steps: missing,
    });
  }

  const write = (freeSlug: string | null) =>
    ctx.db.as(ctx.actor, async (trx) => {
      // Read again under the lock: somebody else may have published it under another slug meanwhile.
      const current = await lockAgent(trx, input.id);
      const slug = freeSlug !== null && isPlaceholderSlug(current.slug) ? freeSlug : current.slug;
      const after = await trx
        .updateTable("agents")
        .set({ slug, status: "active", is_public: true, public_url: publicUrlOf(slug, ctx.config) })
        .where("id", "=", current.id)
        .returningAll()
        .executeTakeFirstOrThrow();
      await noteChange(trx, ctx.actor, { action: "agent.published", object: after, client_id: after.client_id });
      return after;
    });
  const needsSlug = before.public_url === null && isPlaceholderSlug(before.slug);
  const row = await (needsSlug ? withFreeSlug(ctx, before.name, write) : write(null));
  ctx.bus.publish({ topic: "registry", agent_id: row.id });

  const publicUrl = publicUrlOf(row.slug, ctx.config);
  return {
    agent: toAgent(row, ctx.config),
    slug: row.slug,
    public_url: publicUrl,
    qr_code: pngDataUrl(qrPng(publicUrl)),
    qr_svg_url: `${publicUrl}/qr.svg`,
    embed_snippet: embedSnippet(row.slug, ctx.config, row.config["appearance"]),
  };
}
