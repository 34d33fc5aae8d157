import type { Selectable } from "kysely";
import type { VisibleConversation } from "../../../protocol/frames.ts";
import type { Conversation } from "../../../protocol/resources.ts";
import type { ConversationsTable } from "../../db/types.ts";

type VisitorColumns = {
  visitor_name: string | null;
  visitor_email: string | null;
  /** null: there is no visitor. */
  visitor_is_verified: boolean | null;
};

/** A row as it travels over HTTP; the columns are the same, the enums narrower, and the visitor stands beside. */
export function toConversation(joined: Selectable<ConversationsTable> & VisitorColumns): Conversation {
  const { visitor_name: name, visitor_email: email, visitor_is_verified: verified, ...row } = joined;
  // What lists and figures are made of, and nobody outside is told.
  const { last_role: _, is_failed: __, first_asked_at: ___, first_answered_at: ____, has_operator: _____, ...told } = row;
  return { ...(told as Omit<Conversation, "visitor">), visitor: verified === null ? null : { name, email, verified } };
}

/** What a `conversation` frame shows to visitors and operators alike. */
export function toVisibleConversation(row: Selectable<ConversationsTable>): VisibleConversation {
  const { id, agent_id, status, owner, owner_epoch, owner_name, last_seq, last_rev, last_message_preview, last_message_at } =
    row as unknown as Omit<Conversation, "visitor">;
  return {
    id,
    agent_id,
    status,
    owner,
    owner_epoch,
    last_seq,
    last_rev,
    last_message_preview,
    last_message_at,
    owner_name: owner === "operator" ? owner_name : null,
  };
}
