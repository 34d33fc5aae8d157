import { sql } from "kysely";
import { SYSTEM } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";

/**
 * Adds up what was said and answered in the hours that are over, for the overview: what was left since the last time, in small
 * transactions, which nodes share among them. `isOver()` is asked before each and ends it early.
 */
export async function sumHours(ctx: Pick<ServiceContext, "db">, isOver: () => boolean = () => false): Promise<void> {
  for (let isMore = true; isMore && !isOver();) {
    const { rows } = await ctx.db.as(SYSTEM, (trx) =>
      sql<{ is_more: boolean }>`select renus.sum_hours() as is_more`.execute(trx),
    );
    isMore = rows[0]!.is_more;
  }
}
