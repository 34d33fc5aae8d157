/** What one check found. `problem`: something does not work, or is unsafe. `warning`: it works, and may not be what was meant. */
export interface Finding {
  readonly level: "ok" | "warning" | "problem";
  /** Of the thing that was looked at. */
  readonly name: string;
  /** What was found and, unless it is fine, what to do. Holds no secrets. */
  readonly words: string;
}

type Tell = (name: string, words: string) => Finding;
export const ok: Tell = (name, words) => ({ level: "ok", name, words });
export const warning: Tell = (name, words) => ({ level: "warning", name, words });
export const problem: Tell = (name, words) => ({ level: "problem", name, words });

/** One line each; `code` 1 as soon as there is a problem. */
export function report(findings: readonly Finding[]): { code: 0 | 1; out: string } {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.map(({ level, name, words }) => `${level.padEnd(7)}  ${name.padEnd(width)}  ${words}`);
  const count = (level: Finding["level"]) => findings.filter((finding) => finding.level === level).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  const sum =
    problems + warnings === 0
      ? "Everything is as it should be."
      : `${problems} ${problems === 1 ? "problem" : "problems"}, ${warnings} ${warnings === 1 ? "warning" : "warnings"}.`;
  return { code: problems > 0 ? 1 : 0, out: `${[...lines, "", sum].join("\n")}\n` };
}
