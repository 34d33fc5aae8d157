import { sql } from "kysely";
import type { AuditAction } from "../../../protocol/codes.ts";
import type { UserActor } from "../../db/actor.ts";
import type { Trx } from "../../db/database.ts";

export interface Change {
  action: AuditAction;
  /** `name`: as it is called then; null where that would be a word about a visitor. */
  object: { id: string; name: string | null };
  client_id: string | null;
  /** Names of what changed, as `changedFields` gives them; left out: the action says it all. */
  fields?: readonly string[];
}

/**
 * Writes down who changed what, in the transaction that changes it. A change of no field is none. Never what stood or stands in
 * a field: prompts, secrets and addresses would outlive their object here.
 */
export async function noteChange(trx: Trx, actor: UserActor, { action, object, client_id, fields }: Change): Promise<void> {
  if (fields?.length === 0) return;
  const { user_id, email, name } = actor;
  await sql`select renus.note_change(${user_id}::uuid, ${email || name}, ${action}, ${object.id}::uuid, ${object.name}, ${client_id}::uuid,
    array(select jsonb_array_elements_text(${JSON.stringify(fields ?? [])}::jsonb)))`.execute(trx);
}

const TIMES = new Set(["created_at", "updated_at"]);

/** Names of the columns in which two rows of a table differ; of `config` the keys, as `config.greeting`. */
export function changedFields(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): string[] {
  const differing = (a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>) =>
    [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]));
  return differing(before, after)
    .filter((key) => !TIMES.has(key))
    .flatMap((key) => {
      const [a, b] = [before[key], after[key]];
      return key === "config" ? differing(Object(a), Object(b)).map((inner) => `config.${inner}`) : [key];
    })
    .toSorted();
}
