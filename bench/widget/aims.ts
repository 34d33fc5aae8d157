import type { Column, Figures } from "./report.ts";

/** Share of the best peer's time. */
const LAUNCHER_SHARE = 0.6;

export interface Aim {
  words: string;
  value: number;
  limit: number;
  isMet: boolean;
}

/** What the widget promises. `blankBlockingMs` is the highest of the blank page's rounds: less cannot be told from noise. */
export function aims(ours: Figures, bestPeer: Figures, blankBlockingMs: number): Aim[] {
  const limits: [Column, number, string][] = [
    ["restKb", 1.5, "a page pays at most 1.5 kB"],
    ["scriptMs", 50, "and at most 50 ms of slowed script"],
    ["chatKb", 16.384, "the chat that opens is at most 16 KiB of script"],
    ["blockingMs", blankBlockingMs, "it blocks no longer than the blank page did in one of its rounds"],
    [
      "launcherMs",
      LAUNCHER_SHARE * (bestPeer.launcherMs ?? NaN),
      `the launcher shows in ${LAUNCHER_SHARE} of the best peer's time`,
    ],
    ["coldMs", 300, "from a cold click to the first key at most 300 ms"],
    ["hoverMs", 100, "after hover at most 100 ms"],
    ["shift", 0, "nothing shifts"],
    ["globals", 1, "one global"],
  ];
  return limits.map(([column, limit, words]) => {
    const value = ours[column] ?? NaN;
    return { words, value, limit, isMet: value <= limit };
  });
}

export const aimRow = ({ words, value, limit, isMet }: Aim): string[] => [
  words,
  figure(value),
  figure(limit),
  isMet ? "met" : "**missed**",
];

const figure = (value: number) => String(Number(value.toFixed(2)));
