import { randomBytes } from "node:crypto";

/**
 * Packets on the wire between nodes: `<from>[><to>] <number> <part> <parts> <text>`. A text that is too long for one
 * payload travels in several. Numbers rise by one per sender and receiver (all others, or one): a repeated packet is
 * known, and so is a missing one.
 */

const HEADER_BYTES_MAX = 80;
const SENDERS_MAX = 1000;

/** A name that no other process has; short, because it stands on every packet. */
export const newNode = (): string => randomBytes(8).toString("hex");

/** The sender's name on packets for one node alone. */
export const directed = (from: string, to: string): string => `${from}>${to}`;

/** `payloadBytesMax` counts UTF-8 with the header. `sender` has at most 40 characters. */
export function splitPacket(sender: string, number: number, text: string, payloadBytesMax: number): string[] {
  const chunks: string[] = [];
  const room = new Uint8Array(Math.min(payloadBytesMax - HEADER_BYTES_MAX, text.length * 3 + 4));
  const encoder = new TextEncoder();
  for (let from = 0; from < text.length;) {
    // Never ends inside a character.
    const { read } = encoder.encodeInto(chunks.length === 0 && from === 0 ? text : text.slice(from), room);
    chunks.push(text.slice(from, from + read));
    from += read;
  }
  return chunks.map((chunk, part) => `${sender} ${number} ${part} ${chunks.length} ${chunk}`);
}

export interface Packet {
  /** The node that sent it. */
  from: string;
  text: string;
  /** At least one before it was lost. */
  isAfterGap: boolean;
}

interface Sender {
  lastNumber: number;
  number: number;
  chunks: string[];
}

/** Puts packets together again. Gives null until one is whole, for those seen before, and for what is no packet. */
export function createPacketReader(ownNode: string): (payload: string) => Packet | null {
  const senders = new Map<string, Sender>();
  return (payload) => {
    const match = /^(([^\s>]{1,40})(?:>\S{1,40})?) (\d+) (\d+) (\d+) /.exec(payload);
    const [, name, from] = match ?? [];
    if (!match || !name || !from || from === ownNode) return null;
    const [number, part, parts] = [Number(match[3]), Number(match[4]), Number(match[5])];
    const chunk = payload.slice(match[0].length);

    let sender = senders.get(name);
    if (!sender) {
      // Nodes come and go with every restart; the oldest are the dead ones.
      if (senders.size >= SENDERS_MAX) senders.delete(senders.keys().next().value!);
      senders.set(name, (sender = { lastNumber: 0, number: 0, chunks: [] }));
    }
    if (number <= sender.lastNumber) return null;
    if (sender.number !== number || part === 0) Object.assign(sender, { number, chunks: [] });
    if (sender.chunks.length !== part) return null;
    sender.chunks.push(chunk);
    if (sender.chunks.length < parts) return null;
    const text = sender.chunks.join("");
    const isAfterGap = number > sender.lastNumber + 1;
    Object.assign(sender, { lastNumber: number, chunks: [] });
    return { from, text, isAfterGap };
  };
}
