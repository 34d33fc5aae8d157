import type { ServerFrame } from "../../protocol/frames.ts";

/** What nodes tell each other. The table is the truth; an event that is lost heals by sync or by the next poll. */
export type BusEvent =
  /** A frame for everyone who hears the conversation: its visitor's sockets and the operators of its company. */
  | {
      topic: "frame";
      client_id: string;
      conversation_id: string;
      frame: ServerFrame;
      /** Left out: the visitor as well. */
      audience?: "operators";
      /** session_id of the socket that caused it and got its own answer. */
      origin?: string;
    }
  /** Reply jobs of a conversation changed: wake up, or look whether yours is still yours. */
  | { topic: "jobs"; conversation_id: string }
  /** Agents or sub-agents changed: reload. */
  | { topic: "registry"; agent_id: string | null }
  /** Somebody came or went. For the operators of that company; null: for administrators alone. */
  | { topic: "presence"; client_id: string | null; frame: Extract<ServerFrame, { type: "presence" }> }
  /** A sign-in ended or a person was removed: their sockets close. `session_id` null: all sign-ins of that person. */
  | { topic: "signed_out"; user_id: string; session_id: string | null }
  /** A visitor was erased: their sockets close. */
  | { topic: "erased"; visitor_id: string };

export type BusListener = (event: BusEvent) => void;

export interface Bus {
  /** Called after the commit only: a listener must never see what a rollback takes away. Order per publisher is kept. */
  publish(...events: BusEvent[]): void;
  /** Every node hears every event, its own included. Returns how to stop listening. Listeners must not throw. */
  subscribe(listener: BusListener): () => void;
  close(): Promise<void>;
}
