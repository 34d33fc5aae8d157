import type { ServerFrame } from "../../protocol/frames.ts";

/** Whether somebody has a socket, and looks at it; `gone`: not on the node that says so. */
export type Whereabouts = "online" | "away" | "gone";

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
      /** Whose conversation it is, where the sender knows: spares every node the look-up. */
      visitor_id?: string | null;
    }
  /** Reply jobs of a conversation changed: look whether yours is still yours, and unless somebody has claimed it already, wake up. */
  | { topic: "jobs"; conversation_id: string; is_claimed?: boolean }
  /** Agents or sub-agents changed: reload. */
  | { topic: "registry"; agent_id: string | null }
  /**
   * Who has sockets on the sending node, and which conversations its operators read: all of it, or what changed. `digest`
   * is of all of it; who computes another asks for the whole.
   */
  | {
      topic: "here";
      isWhole: boolean;
      people: (readonly [user_id: string, client_id: string | null, Whereabouts])[];
      reading: (readonly [conversation_id: string, isReading: boolean])[];
      digest: number;
    }
  /** Asks for the whole of what `here` tells. */
  | { topic: "who" }
  /** Asks whoever writes this reply for its text so far. */
  | { topic: "text"; message_id: string }
  /** A frame that was posted for an event stream of another node, about that stream itself. */
  | {
      topic: "stream";
      session_id: string;
      user_id: string;
      change: { expires_at: number } | { status: "online" | "away" } | { conversation_id: string; isReading: boolean };
    }
  /** A sign-in ended or a person was removed: their sockets close. `session_id` null: all sign-ins of that person. */
  | { topic: "signed_out"; user_id: string; session_id: string | null }
  /** A visitor was erased: their sockets close. */
  | { topic: "erased"; visitor_id: string }
  /** Said by the bus itself, on this node alone: what `node` (null: anybody) said in the last `ageMs` may be lost. */
  | { topic: "gap"; node: string | null; ageMs: number };

/** `from`: the node that said it, this one included. */
export type BusListener = (event: BusEvent, from: string) => void;

export interface Bus {
  /** This process among the nodes; another one after a restart. */
  readonly node: string;
  /** False while other nodes cannot be heard. */
  readonly isLinked: boolean;
  /** Called after the commit only: a listener must never see what a rollback takes away. Order per publisher is kept. */
  publish(...events: BusEvent[]): void;
  /** To one other node alone, in order with what is published. */
  send(node: string, ...events: BusEvent[]): void;
  /** Asked for each published event: which other nodes it is for; null: all. */
  route(choose: (event: BusEvent) => readonly string[] | null): void;
  /** Every node hears every event that is for it, and its own. Returns how to stop listening. Listeners must not throw. */
  subscribe(listener: BusListener): () => void;
  close(): Promise<void>;
}
