import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const EMBED = readFileSync(resolve(import.meta.dirname, "../../docs/embed.md"), "utf8");

/** Code of docs/embed.md by the name behind its language: "```html tag" is `tag`. */
export const SNIPPETS: ReadonlyMap<string, string> = new Map(
  [...EMBED.matchAll(/^```\w+(?: (\S+))?\n([^]*?)\n```$/gm)].map((block) => [block[1] ?? "without a name", block[2]!]),
);

/** A snippet as it stands in the page. Throws when there is none. */
export function snippet(name: string): string {
  const code = SNIPPETS.get(name);
  if (code === undefined) throw new Error(`docs/embed.md has no snippet "${name}".`);
  return code;
}

/** The same, with the address of a running server. */
export const snippetFor = (name: string, origin: string): string =>
  snippet(name)
    .replaceAll("https://chat.example.com", origin)
    .replaceAll("wss://chat.example.com", origin.replace(/^http/, "ws"));
