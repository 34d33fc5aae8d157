import type { AuditAction } from "../../../protocol/codes.ts";
import type { UserActor } from "../../db/actor.ts";
import type { Trx } from "../../db/database.ts";
import { noteChange } from "../audit/note-change.ts";

/** Writes down who changed a webhook. Called by its host alone: the rest of an address is often as good as a password. */
export async function noteWebhook(
  trx: Trx,
  actor: UserActor,
  action: Extract<AuditAction, `webhook.${string}`>,
  { id, client_id, url }: { id: string; client_id: string; url: string },
  fields?: readonly string[],
): Promise<void> {
  const object = { id, name: new URL(url).host };
  await noteChange(trx, actor, { action, object, client_id, ...(fields ? { fields } : {}) });
}
