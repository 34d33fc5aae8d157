/** A job as its holder knows it. `fence` is the right to write: who holds an older one changes nothing. */
export interface ClaimedJob {
  id: string;
  conversation_id: string;
  client_id: string;
  up_to_seq: number;
  owner_epoch: number;
  fence: number;
  attempt: number;
  /** Set when an attempt before this one already showed text. */
  message_id: string | null;
  cancel_requested: boolean;
}

/** A turn as stored; `created_at` as the database writes it in JSON. */
export interface StoredTurn {
  role: "visitor" | "assistant" | "operator";
  content: string;
  sender_id: string | null;
  sender_name: string | null;
  created_at: string;
}

/** A row of `renus.take_jobs`: the job and what it is about, read in one transaction. */
export interface ClaimRow extends ClaimedJob {
  agent_id: string | null;
  visitor_id: string | null;
  sub_agent_id: string | null;
  locale: string | null;
  /** The newest turns up to where the job has read, oldest first, without failed replies and the one being written. */
  turns: StoredTurn[];
}

/** Whoever writes replies on this node. */
export interface Claimant {
  /** Room for replies; null: none. Each offer has to be answered by `take`, once. */
  offer(): ClaimOffer | null;
}
export interface ClaimOffer {
  readonly worker_id: string;
  readonly limit: number;
  readonly lease_ms: number;
  /** Turns to read for each. */
  readonly turns_max: number;
  /** What was claimed under it; nothing when that failed. */
  take(claims: readonly ClaimRow[]): void;
}
