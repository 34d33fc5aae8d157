import { createHash, randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Config } from "../../config.ts";
import { SYSTEM } from "../../db/actor.ts";
import type { Database } from "../../db/database.ts";
import { AppError } from "../../errors.ts";
import { open, seal } from "../../lib/sealed.ts";

/** How long an answer is kept. */
const KEPT = "24 hours";
/** Longer than any request may take. One whose process has died is carried out by whoever asks after that. */
const HELD = "6 minutes";
/** For whoever asks while it is being carried out. */
const RETRY_AFTER_MS = 1000;

type Context = { readonly db: Database; readonly config: Pick<Config, "jwtSecret"> };

/** Who asks for what under which key. */
export interface KeyedRequest {
  caller_id: string;
  key: string;
  /** Method, address and body: what has to be the same. */
  request: readonly string[];
}
export interface KeptAnswer {
  status: number;
  body: string;
}

/**
 * An answer that was given before, or the right to carry the request out: then call `keepAnswer` or `forgetRequest` with it.
 * Throws IDEMPOTENCY_CONFLICT for another request under the same key, and with `retry_after_ms` while it is carried out.
 */
export async function beginRequest(ctx: Context, asked: KeyedRequest): Promise<{ answer: KeptAnswer } | { holder: string }> {
  const row = { caller_id: asked.caller_id, key_hash: sha256(asked.key), request_hash: sha256(...asked.request) };
  const holder = randomUUID();
  const known = await ctx.db.as(SYSTEM, async (trx) => {
    const { rows: begun } = await sql`
      insert into public.idempotency_keys as k (caller_id, key_hash, request_hash, holder, held_until)
      values (${row.caller_id}, ${row.key_hash}, ${row.request_hash}, ${holder}, clock_timestamp() + ${HELD}::interval)
      on conflict (caller_id, key_hash) do update
         set request_hash = excluded.request_hash, holder = excluded.holder, held_until = excluded.held_until,
             status = null, answer = null, created_at = clock_timestamp()
       where k.created_at < clock_timestamp() - ${KEPT}::interval or (k.status is null and k.held_until < clock_timestamp())
      returning 1`.execute(trx);
    if (begun.length > 0) return null;
    return await trx
      .selectFrom("idempotency_keys")
      .select(["request_hash", "status", "answer"])
      .where("caller_id", "=", row.caller_id)
      .where("key_hash", "=", row.key_hash)
      .executeTakeFirst();
  });
  if (known === null) return { holder };
  // Refused at this very moment, and so forgotten: the same as being carried out.
  if (!known || (known.request_hash === row.request_hash && known.status === null)) {
    throw conflict("The request with this Idempotency-Key is being carried out. Ask again in a moment.", RETRY_AFTER_MS);
  }
  if (known.request_hash !== row.request_hash) {
    throw conflict("This Idempotency-Key was used for another request. Use a new one for each.");
  }
  return { answer: { status: known.status!, body: open(ctx.config.jwtSecret, purposeOf(asked), known.answer ?? "") } };
}

/** From now on the same request gets this answer. */
export async function keepAnswer(ctx: Context, asked: KeyedRequest, holder: string, answer: KeptAnswer): Promise<void> {
  const sealed = seal(ctx.config.jwtSecret, purposeOf(asked), answer.body);
  await ctx.db.as(SYSTEM, (trx) =>
    trx
      .updateTable("idempotency_keys")
      .set({ status: answer.status, answer: sealed })
      .where("holder", "=", holder)
      .where("caller_id", "=", asked.caller_id)
      .execute(),
  );
}

/** It changed nothing, and may be asked for again. */
export async function forgetRequest(ctx: Context, asked: KeyedRequest, holder: string): Promise<void> {
  await ctx.db.as(SYSTEM, (trx) =>
    trx.deleteFrom("idempotency_keys").where("holder", "=", holder).where("caller_id", "=", asked.caller_id).execute(),
  );
}

/** Deletes at most `limit` answers that are not kept any more. */
export async function deletePastRequests(db: Database, limit: number): Promise<void> {
  await db.as(SYSTEM, (trx) =>
    sql`
      delete from public.idempotency_keys where (caller_id, key_hash) in (
        select caller_id, key_hash from public.idempotency_keys
         where created_at < clock_timestamp() - ${KEPT}::interval limit ${limit}::integer for update skip locked)`.execute(trx),
  );
}

// With the key in it, which the database does not have: not even the server's secret opens an answer alone.
const purposeOf = (asked: KeyedRequest) => `idempotent answer to ${asked.caller_id} under ${asked.key}`;

/** Of the parts with their lengths, so that no two lists have the same text. */
function sha256(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex");
}

function conflict(message: string, retryAfterMs?: number): AppError {
  return new AppError("IDEMPOTENCY_CONFLICT", message, retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs });
}
