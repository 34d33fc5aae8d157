import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Resource } from "./static-server.ts";

export const PEERS_FOLDER = join(import.meta.dirname, "peers");
const FILES = {
  "deep-chat": "dist/deepChat.bundle.js",
  "@typebot.io/js": "dist/web.js",
  "flowise-embed": "dist/web.js",
} as const;
export type PeerName = keyof typeof FILES;

/** Path of the peer's script on its server. */
export const peerPath = (name: PeerName) => `/${name}/${FILES[name]}`;

/** Their scripts, and of the servers behind them what they ask before somebody writes. */
export function peerResources(): Record<string, Resource> {
  const script = (name: PeerName): Resource => ({
    type: "text/javascript",
    body: readFileSync(join(PEERS_FOLDER, "node_modules", name, FILES[name])),
  });
  const answer = (value: unknown): Resource => ({ type: "application/json", body: JSON.stringify(value) });
  return {
    ...Object.fromEntries((Object.keys(FILES) as PeerName[]).map((name) => [peerPath(name), script(name)])),
    "/api/v1/typebots/bench/startChat": answer({
      sessionId: "bench",
      resultId: "bench",
      typebot: { id: "bench", version: "6.1", theme: {}, settings: { typingEmulation: { enabled: false } } },
      messages: [
        { id: "hello", type: "text", content: { type: "richText", richText: [{ type: "p", children: [{ text: "Hello!" }] }] } },
      ],
      input: { id: "field", type: "text input", options: {} },
    }),
    "/api/v1/chatflows-streaming/bench": answer({ isStreaming: true }),
    "/api/v1/public-chatbotConfig/bench": answer({}),
  };
}
