/**
 * Packets on the wire between nodes: `<node> <number> <part> <parts> <text>`. A text that is too long for one payload
 * travels in several; numbers rise by one per node, so that a repeated packet is known.
 */

const HEADER_BYTES_MAX = 80;

/** `payloadBytesMax` counts UTF-8 with the header. */
export function splitPacket(node: string, number: number, text: string, payloadBytesMax: number): string[] {
  const chunks: string[] = [];
  const room = new Uint8Array(Math.min(payloadBytesMax - HEADER_BYTES_MAX, text.length * 3 + 4));
  const encoder = new TextEncoder();
  for (let from = 0; from < text.length;) {
    // Never ends inside a character.
    const { read } = encoder.encodeInto(chunks.length === 0 && from === 0 ? text : text.slice(from), room);
    chunks.push(text.slice(from, from + read));
    from += read;
  }
  return chunks.map((chunk, part) => `${node} ${number} ${part} ${chunks.length} ${chunk}`);
}

interface Sender {
  lastNumber: number;
  number: number;
  chunks: string[];
}

/** Puts packets together again. Gives null until one is whole, for those seen before, and for what is no packet. */
export function createPacketReader(ownNode: string): (payload: string) => string | null {
  const senders = new Map<string, Sender>();
  return (payload) => {
    const match = /^(\S{1,40}) (\d+) (\d+) (\d+) /.exec(payload);
    if (!match || match[1] === ownNode) return null;
    const node = match[1]!;
    const [number, part, parts] = [Number(match[2]), Number(match[3]), Number(match[4])];
    const chunk = payload.slice(match[0].length);

    let sender = senders.get(node);
    if (!sender) {
      // Nodes come and go with every restart; the oldest are the dead ones.
      if (senders.size >= 1000) senders.delete(senders.keys().next().value!);
      senders.set(node, (sender = { lastNumber: -1, number: -1, chunks: [] }));
    }
    if (number <= sender.lastNumber) return null;
    if (sender.number !== number || part === 0) Object.assign(sender, { number, chunks: [] });
    if (sender.chunks.length !== part) return null;
    sender.chunks.push(chunk);
    if (sender.chunks.length < parts) return null;
    const text = sender.chunks.join("");
    Object.assign(sender, { lastNumber: number, chunks: [] });
    return text;
  };
}
