import { slugSchema } from "../../../protocol/requests.ts";
import type { Trx } from "../../db/database.ts";
import { AppError } from "../../errors.ts";
import type { AgentRow } from "../agents/to-agent.ts";

/**
 * The published agent behind a slug or an id. Throws AGENT_NOT_FOUND alike for unknown ones and drafts; one that was
 * published and is paused says `paused: true`, so that its page can tell.
 */
export async function findPublicAgent(trx: Trx, by: { slug: string } | { id: string }): Promise<AgentRow> {
  const query = trx.selectFrom("agents").selectAll();
  let row: AgentRow | undefined;
  if ("id" in by) row = await query.where("id", "=", by.id).executeTakeFirst();
  else if (slugSchema.safeParse(by.slug).success) row = await query.where("slug", "=", by.slug).executeTakeFirst();
  if (row?.status === "active" && row.is_public) return row;
  if (row?.status === "inactive" && row.public_url !== null) {
    throw new AppError("AGENT_NOT_FOUND", "This assistant is paused.", { agent_id: row.id, paused: true });
  }
  throw new AppError("AGENT_NOT_FOUND", "There is no assistant at this address.", { agent_id: "id" in by ? by.id : by.slug });
}
