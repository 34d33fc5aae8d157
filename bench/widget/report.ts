import { median } from "../figures.ts";

/** Column → its head and decimals, in the order of the table. Less is better in each. */
export const COLUMNS = {
  launcherKb: ["kB until the launcher shows", 1],
  restKb: ["kB closed", 1],
  requests: ["requests closed", 0],
  scriptMs: ["script ms closed", 0],
  blockingMs: ["blocking ms closed", 0],
  launcherMs: ["launcher visible ms", 0],
  openKb: ["kB open", 1],
  chatKb: ["of it script after the click", 1],
  coldMs: ["cold click → first key ms", 0],
  hoverMs: ["after hover ms", 0],
  heapMb: ["heap open MB", 1],
  shift: ["layout shift", 3],
  globals: ["globals", 0],
} as const;
export type Column = keyof typeof COLUMNS;
export type Figures = Partial<Record<Column, number>>;

const KEYS = Object.keys(COLUMNS) as Column[];
export const TIMES: readonly Column[] = ["scriptMs", "blockingMs", "launcherMs", "coldMs", "hoverMs"];
export const heads = (columns: readonly Column[] = KEYS) => columns.map((column) => COLUMNS[column][0]);

/** Of every column that has been measured the median of the rounds. */
export function medians(rounds: readonly Figures[]): Figures {
  return Object.fromEntries(
    KEYS.map((column) => [column, valuesOf(rounds, column)] as const)
      .filter(([, values]) => values.length > 0)
      .map(([column, values]) => [column, median(values)]),
  );
}

/** The lowest of the peers, column by column. */
export function best(peers: readonly Figures[]): Figures {
  return Object.fromEntries(
    KEYS.map((column) => [column, valuesOf(peers, column)] as const)
      .filter(([, values]) => values.length > 0)
      .map(([column, values]) => [column, Math.min(...values)]),
  );
}

export const cells = (figures: Figures): string[] => KEYS.map((column) => figures[column]?.toFixed(COLUMNS[column][1]) ?? "–");

/** Shares, `–` where there is nothing to divide by. */
export const ratios = (ours: Figures, other: Figures): string[] =>
  KEYS.map((column) => {
    const [a, b] = [ours[column], other[column]];
    return a === undefined || !b ? "–" : `${(a / b).toFixed(2)} ×`;
  });

/** Lowest to highest of the rounds. */
export const spreads = (rounds: readonly Figures[], columns: readonly Column[]): string[] =>
  columns.map((column) => {
    const values = valuesOf(rounds, column);
    const decimals = COLUMNS[column][1];
    return values.length === 0 ? "–" : `${Math.min(...values).toFixed(decimals)} … ${Math.max(...values).toFixed(decimals)}`;
  });

function valuesOf(rounds: readonly Figures[], column: Column): number[] {
  return rounds.map((figures) => figures[column]).filter((value) => value !== undefined);
}
