import type { z } from "zod";
import type { cannedReplyCreateBody, cannedReplyUpdateBody, listQuery } from "../../../protocol/requests.ts";
import type { CannedReply, Page } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { exactTime, isAfterKeyset, keysetSchema, type Keyset } from "../../db/keyset.ts";
import { AppError, validationError } from "../../errors.ts";
import { decodeCursor, toPage } from "../../lib/cursor.ts";
import { clientOf } from "../agents/client-of.ts";
import type { ServiceContext } from "../context.ts";

type Ctx = ServiceContext<UserActor>;
const UNIQUE_VIOLATION = "23505";
const notFound = () => new AppError("NOT_FOUND", "This canned reply does not exist, or you may not see it.");

/** Newest first. Throws VALIDATION_ERROR for a foreign cursor. */
export async function listCannedReplies(ctx: Ctx, input: z.output<typeof listQuery>): Promise<Page<CannedReply>> {
  const after = input.cursor === undefined ? null : decodeCursor(input.cursor, keysetSchema);
  const rows = await ctx.db.as(ctx.actor, (trx) =>
    trx
      .selectFrom("canned_replies")
      .selectAll()
      .select(exactTime("created_at").as("exact_time"))
      .$if(after !== null, (query) => query.where(isAfterKeyset("created_at", after!)))
      .orderBy("created_at", "desc")
      .orderBy("id", "desc")
      .limit(input.limit + 1)
      .execute(),
  );
  return toPage(
    rows,
    input.limit,
    (last): Keyset => [last.exact_time, last.id],
    ({ exact_time: _, ...row }) => row,
  );
}

/** Throws FORBIDDEN, VALIDATION_ERROR for a shortcut that the company has already. */
export async function createCannedReply(ctx: Ctx, input: z.output<typeof cannedReplyCreateBody>): Promise<CannedReply> {
  return await named(() =>
    ctx.db.as(ctx.actor, async (trx) =>
      trx
        .insertInto("canned_replies")
        .values({
          client_id: await clientOf(trx, ctx.actor, input.client_id),
          shortcut: input.shortcut,
          content: input.content.toWellFormed(),
        })
        .returningAll()
        .executeTakeFirstOrThrow(),
    ),
  );
}

/** Throws NOT_FOUND, VALIDATION_ERROR for a shortcut that the company has already. */
export async function updateCannedReply(
  ctx: Ctx,
  { id, ...changes }: z.output<typeof cannedReplyUpdateBody> & { id: string },
): Promise<CannedReply> {
  const row = await named(() =>
    ctx.db.as(ctx.actor, (trx) =>
      Object.keys(changes).length === 0
        ? trx.selectFrom("canned_replies").selectAll().where("id", "=", id).executeTakeFirst()
        : trx.updateTable("canned_replies").set(changes).where("id", "=", id).returningAll().executeTakeFirst(),
    ),
  );
  if (!row) throw notFound();
  return row;
}

/** Throws NOT_FOUND. */
export async function deleteCannedReply(ctx: Ctx, input: { id: string }): Promise<void> {
  const row = await ctx.db.as(ctx.actor, (trx) =>
    trx.deleteFrom("canned_replies").where("id", "=", input.id).returning("id").executeTakeFirst(),
  );
  if (!row) throw notFound();
}

async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (err) {
    if ((err as { code?: string }).code !== UNIQUE_VIOLATION) throw err;
    throw validationError([{ path: ["shortcut"], message: "There is a canned reply with this shortcut already." }]);
  }
}
