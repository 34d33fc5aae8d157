import { printTable } from "../figures.ts";
import { aimRow, aims } from "./aims.ts";
import type { Measured } from "./measure.ts";
import { best, cells, heads, medians, ratios, spreads, TIMES } from "./report.ts";
import { BLANK, OURS } from "./widgets.ts";

/** Widget → its rounds, as Markdown: medians, ratios, the noise, the aims, and what to know about single ones. */
export function printMeasured(measured: ReadonlyMap<string, readonly Measured[]>): void {
  const rounds = new Map([...measured].map(([name, all]) => [name, all.map(({ figures }) => figures)]));
  const names = [...rounds.keys()];
  const mediansOf = (name: string) => medians(rounds.get(name)!);
  const ours = mediansOf(OURS);
  const bestPeer = best(names.filter((name) => name !== OURS && name !== BLANK).map(mediansOf));
  const blankBlockingMs = Math.max(...rounds.get(BLANK)!.map(({ blockingMs }) => blockingMs!));

  printTable(
    ["", ...heads()],
    [
      ...names.map((name) => [name, ...cells(mediansOf(name))]),
      [`${OURS} / best peer`, ...ratios(ours, bestPeer)],
      [`${OURS} / ${BLANK}`, ...ratios(ours, mediansOf(BLANK))],
    ],
  );
  console.log("\nNoise, lowest to highest of the rounds:\n");
  printTable(
    ["", ...heads(TIMES)],
    names.map((name) => [name, ...spreads(rounds.get(name)!, TIMES)]),
  );
  console.log("");
  printTable(["aim", "measured", "limit", ""], aims(ours, bestPeer, blankBlockingMs).map(aimRow));
  console.log("");
  for (const [name, all] of measured) {
    const remarks = new Set(all.flatMap((one) => [...one.remarks, ...one.names.map((global) => `window.${global}`)]));
    if (remarks.size > 0) console.log(`- ${name}: ${[...remarks].join("; ")}`);
  }
}
