import type { ServerFrame } from "../../protocol/frames.ts";

/** What a reply looks like from outside while it is written. */
export interface ReplyStream {
  /** UTF-16 units taken so far. */
  readonly content: string;
  append(text: string): void;
  /** Sends what is waiting, if it may. */
  flush(): void;
  /** Nothing is sent any more. */
  close(): void;
}

export interface ReplyStreamInput {
  message_id: string;
  conversation_id: string;
  attempt: number;
  /** Deltas are joined for this long. */
  deltaMs: number;
  /** Asked right before each delta: a worker whose lease may have run out says nothing. */
  maySend(): boolean;
  publish(frame: ServerFrame): void;
}

/** Joins tokens to deltas: at 30 ms readers see no difference and the bus carries a tenth. */
export function createReplyStream({
  message_id,
  conversation_id,
  attempt,
  deltaMs,
  maySend,
  publish,
}: ReplyStreamInput): ReplyStream {
  let content = "";
  let sent = 0;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    // Half of a surrogate pair waits for its other half.
    const end = /[\uD800-\uDBFF]$/.test(content) ? content.length - 1 : content.length;
    if (isClosed || end <= sent) return;
    if (!maySend()) {
      timer = setTimeout(flush, deltaMs);
      return;
    }
    publish({ type: "delta", message_id, conversation_id, attempt, from: sent, text: content.slice(sent, end) });
    sent = end;
  };
  return {
    get content() {
      return content;
    },
    append(text) {
      content += text;
      // The first words at once: they are what the visitor waits for.
      if (sent === 0 && !timer) flush();
      else timer ??= setTimeout(flush, deltaMs);
    },
    flush,
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
