import type { ServerFrame, VisibleConversation } from "../../protocol/frames.ts";

/** A reply that is being written somewhere, as far as this node has heard it. */
export interface LiveStream {
  readonly conversation_id: string;
  attempt: number;
  text: string;
}

export interface LiveStreams {
  get(messageId: string): LiveStream | undefined;
  /** Notes what a frame says. False: the frame is late (its reply has ended, or an older attempt wrote it, or the assistant types where a person took over) and nobody may see it. */
  admit(frame: ServerFrame): boolean;
}

const ENDED_KEPT_MAX = 2000;
const SILENCED_KEPT_MAX = 2000;
/** Of a reply whose end was never heard nothing else would be rid of. */
const LIVE_KEPT_MAX = 5000;

/**
 * What `resume` answers from, and the hub's half of the fence: a delta that was in flight while its reply ended, or while
 * a person took over, stops here.
 */
export function createLiveStreams(): LiveStreams {
  const live = new Map<string, LiveStream>();
  // Insertion order is age; the database's fence holds for ever, this only has to outlive what is in flight.
  const ended = new Set<string>();
  /** Conversations the assistant no longer owns → the agent that may not be shown as typing there. */
  const silenced = new Map<string, string>();

  const end = (messageId: string) => {
    live.delete(messageId);
    ended.add(messageId);
    if (ended.size > ENDED_KEPT_MAX) for (const oldest of ended) return void ended.delete(oldest);
  };
  const noteOwner = ({ id, agent_id, owner, status }: VisibleConversation) => {
    silenced.delete(id);
    if (agent_id === null || (owner === "assistant" && status === "open")) return;
    silenced.set(id, agent_id);
    if (silenced.size > SILENCED_KEPT_MAX) for (const oldest of silenced.keys()) return void silenced.delete(oldest);
  };
  const begin = (frame: { message_id: string; conversation_id: string; attempt: number }) => {
    const stream = live.get(frame.message_id);
    if (ended.has(frame.message_id) || (stream && frame.attempt < stream.attempt)) return false;
    live.set(frame.message_id, { conversation_id: frame.conversation_id, attempt: frame.attempt, text: "" });
    if (live.size > LIVE_KEPT_MAX) live.delete(live.keys().next().value!);
    return true;
  };

  return {
    get: (messageId) => live.get(messageId),
    admit(frame) {
      switch (frame.type) {
        case "stream_start":
        case "stream_reset":
          return begin(frame);
        case "delta": {
          if (ended.has(frame.message_id)) return false;
          const stream = live.get(frame.message_id);
          if (!stream || frame.attempt > stream.attempt) {
            // The start was missed: keep nothing that has a hole; who resumes is answered from the row.
            if (frame.from === 0) begin(frame);
            else if (stream) live.delete(frame.message_id);
            const begun = live.get(frame.message_id);
            if (begun) begun.text = frame.text;
            return true;
          }
          if (frame.attempt < stream.attempt) return false;
          if (frame.from > stream.text.length) live.delete(frame.message_id);
          else if (frame.from + frame.text.length > stream.text.length) {
            stream.text = stream.text.slice(0, frame.from) + frame.text;
          }
          return true;
        }
        case "stream_end":
          end(frame.message_id);
          return true;
        case "message":
          if (frame.message.role === "assistant" && frame.message.status !== "streaming") end(frame.message.id);
          return true;
        case "conversation":
          noteOwner(frame.conversation);
          return true;
        case "typing":
          return !(frame.is_typing && silenced.get(frame.conversation_id) === frame.user_id);
        default:
          return true;
      }
    },
  };
}
