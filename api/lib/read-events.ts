/** One of a stream of server-sent events; `event` is "" where it has no name. */
export interface StreamedEvent {
  event: string;
  data: string;
}

/** CR, LF or both; a CR at the end may be half of one. */
const LINE_END = /\r\n|\n|\r(?!$)/;

/**
 * Reads server-sent events (HTML Living Standard, 9.2.6), all of one piece of the body at a time: a promise for each would cost
 * more than reading it. An event that lacks its empty line at the end of the body counts as well. Throws what the body throws; who
 * stops early lets go of the body.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamedEvent[]> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let event = "";
  let data: string | null = null;
  let events: StreamedEvent[] = [];

  const take = (line: string) => {
    if (line === "") {
      if (data !== null) events.push({ event, data });
      event = "";
      data = null;
      return;
    }
    const colon = line.indexOf(":");
    // A comment, which keeps connections alive.
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "data") data = data === null ? value : `${data}\n${value}`;
    else if (name === "event") event = value;
  };

  let isDone = false;
  try {
    while (!isDone) {
      const { done, value } = await reader.read();
      isDone = done;
      const lines = (rest + (done ? decoder.decode() : decoder.decode(value, { stream: true }))).split(LINE_END);
      rest = lines.pop()!;
      for (const line of lines) take(line);
      if (done) {
        take(rest.replace(/\r$/, ""));
        take("");
      }
      if (events.length === 0) continue;
      yield events;
      events = [];
    }
  } finally {
    if (!isDone) await reader.cancel().catch(() => {});
  }
}
