import { createParser, type EventSourceMessage } from "eventsource-parser";

/**
 * Reads server-sent events, all of one piece of the body at a time: a promise for each would cost more than reading it. An event
 * that lacks its empty line at the end of the body counts as well. Throws what the body throws; who stops early lets go of the body.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<EventSourceMessage[]> {
  const decoder = new TextDecoder();
  let events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => void events.push(event) });
  for await (const piece of body) {
    parser.feed(decoder.decode(piece, { stream: true }));
    if (events.length === 0) continue;
    yield events;
    events = [];
  }
  parser.feed(`${decoder.decode()}\n\n`);
  if (events.length > 0) yield events;
}
