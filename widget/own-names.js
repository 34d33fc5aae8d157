import { readdirSync, readFileSync } from "node:fs";

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const words = (text) => text.match(/[A-Za-z_$][\w$]*/g) ?? [];
const sources = (folder) =>
  readdirSync(new URL(folder, import.meta.url))
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => read(folder + name));

/**
 * Names of members that only the chat's own modules use, for the minifier to shorten: what our interfaces declare and what
 * the words of a language are called. Never a name that travels (the golden file of the protocol has all), that site owners
 * use (the types of the embed), that a module exports, that is a `data-*` attribute, or that the browser knows (the minifier
 * has a list of its own).
 */
export function ownNames() {
  const own = ["./", "./i18n/", "../client/"].flatMap(sources);
  const declared = own.flatMap((text) =>
    [...text.matchAll(/^(?:export )?interface \w+[^{]*\{\n(.*?)^\}/gms)].flatMap(([, body]) =>
      [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(<]/gm)].map(([, name]) => name),
    ),
  );
  const inUnions = own.flatMap((text) =>
    [...text.matchAll(/^ {2}\| \{(.*)\}/gm)].flatMap(([, body]) => [...body.matchAll(/(\w+)\??:/g)].map(([, name]) => name)),
  );
  const spoken = ["./i18n/en.ts", "./i18n/more.ts"].flatMap((path) =>
    [...read(path).matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name),
  );
  const kept = new Set([
    ...words(read("../protocol/protocol.golden.json")),
    ...words(read("../protocol/embed.ts")),
    ...words(read("../protocol/codes.ts")),
    ...own.flatMap((text) =>
      [...text.matchAll(/^export (?:async )?(?:const|let|function|class) (\w+)/gm)].map(([, name]) => name),
    ),
  ]);
  for (const text of own) {
    for (const [, name] of text.matchAll(/\bdataset\.(\w+)/g)) kept.add(name);
    for (const [, names] of text.matchAll(/\{([^{}]*)\} = [^;]*\bdataset\b/g)) words(names).forEach((name) => kept.add(name));
  }
  // Of what we declare, snake_case is for what travels or is stored.
  const camel = [...declared, ...inUnions].filter((name) => !name.includes("_"));
  return [...new Set([...camel, ...spoken])].filter((name) => name.length > 2 && !kept.has(name)).sort();
}
