import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

type Value = string | Value[] | { [key: string]: Value };
export interface ComposeService {
  profiles?: string[];
  image?: string;
  build?: string;
  environment?: Record<string, string>;
  volumes?: string[];
  extends?: { service: string };
  depends_on?: Record<string, Value>;
  stop_grace_period?: string;
  read_only?: string;
  tmpfs?: string[];
  cap_drop?: string[];
  security_opt?: string[];
  healthcheck?: { test: string[] };
  command?: string[];
  ports?: string[];
}

/** `compose.yaml` with its variables replaced. Throws for one that has to be set and is not, as Docker does. */
export function readCompose(variables: Record<string, string>): Record<string, ComposeService> {
  const replace = (text: string) =>
    text.replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_, name: string, kind: string, otherwise: string) => {
      const value = variables[name] ?? "";
      if (value === "" && kind === "?") throw new Error(`${name} is missing: ${otherwise}`);
      return value || (kind === "-" ? otherwise : "");
    });
  const text = readFileSync(resolve(ROOT, "compose.yaml"), "utf8");
  const { services } = parseYaml(text, replace) as unknown as { services: Record<string, ComposeService> };
  return Object.fromEntries(
    Object.entries(services).map(([name, service]) => [
      name,
      { ...(service.extends && services[service.extends.service]), ...service },
    ]),
  );
}

/** As much of YAML as the file needs: maps by indentation; flow maps and lists on one line; strings. Throws for anything else. */
function parseYaml(text: string, replace: (text: string) => string): Record<string, Value> {
  const root: Record<string, Value> = {};
  const open: { indent: number; map: Record<string, Value> }[] = [{ indent: -1, map: root }];
  for (const line of text.split("\n")) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    const match = /^( *)([\w-]+):(?: (.+))?$/.exec(line);
    if (!match) throw new Error(`This line is not understood: ${line}`);
    const indent = match[1]!.length;
    while (open.at(-1)!.indent >= indent) open.pop();
    const { map } = open.at(-1)!;
    const key = match[2]!;
    if (key in map) throw new Error(`${key} stands there twice.`);
    if (match[3] !== undefined) map[key] = parseFlow(match[3], replace);
    else {
      const inner = {};
      map[key] = inner;
      open.push({ indent, map: inner });
    }
  }
  return root;
}

function parseFlow(text: string, replace: (text: string) => string): Value {
  if (/^\[.*\]$/.test(text))
    return JSON.parse(text.replace(/(?<=[[,]\s*)([\w-]+)(?=\s*[,\]])/g, '"$1"'), (_, value: Value) =>
      typeof value === "string" ? replace(value) : value,
    ) as string[];
  if (/^\{.*\}$/.test(text)) {
    const pairs = text.slice(1, -1).split(",");
    return Object.fromEntries(pairs.map((pair) => pair.split(":").map((part) => part.trim()) as [string, string]));
  }
  if (/^["'&*!|>%@]/.test(text)) throw new Error(`This value is not understood: ${text}`);
  return replace(text);
}

/** The last stage of the `Dockerfile`: what it copies from the build, its variables and its commands. */
export function readImage(): { paths: string[]; environment: Record<string, string>; command: string[]; healthcheck: string[] } {
  const stage = readFileSync(resolve(ROOT, "Dockerfile"), "utf8")
    .split(/^FROM /m)
    .at(-1)!;
  const list = (start: RegExp) => JSON.parse(start.exec(stage)![1]!) as string[];
  return {
    paths: [...stage.matchAll(/^COPY --from=build(?: --chown=\S+)? \/app\/(\S+) \.\/\S*$/gm)].map((match) => match[1]!),
    environment: Object.fromEntries(
      [.../^ENV (.*)$/m.exec(stage)![1]!.matchAll(/(\w+)=(\S+)/g)].map((match) => [match[1]!, match[2]!]),
    ),
    command: list(/^CMD (\[.*\])$/m),
    healthcheck: list(/^HEALTHCHECK .* CMD (\[.*\])$/m),
  };
}
