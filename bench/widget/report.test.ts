import { expect, test } from "vitest";
import { aims } from "./aims.ts";
import { best, cells, COLUMNS, medians, ratios, spreads, type Column, type Figures } from "./report.ts";

const at = (row: string[], column: Column) => row[Object.keys(COLUMNS).indexOf(column)];

test("the median of each column is that of its own rounds", () => {
  const rounds: Figures[] = [{ coldMs: 300, restKb: 1.5 }, { coldMs: 100, restKb: 1.5 }, { coldMs: 200 }];
  expect(medians(rounds)).toEqual({ coldMs: 200, restKb: 1.5 });
});

test("the best peer is the lowest column by column", () => {
  expect(best([{ openKb: 90, coldMs: 80 }, { openKb: 160, coldMs: 70 }, { heapMb: 2 }])).toEqual({
    openKb: 90,
    coldMs: 70,
    heapMb: 2,
  });
});

test("what was not measured is a dash, in cells, ratios and spreads", () => {
  expect(cells({})).toEqual(Object.keys(COLUMNS).map(() => "–"));
  expect(spreads([{ restKb: 1 }], ["coldMs"])).toEqual(["–"]);
  expect(at(ratios({ restKb: 1 }, {}), "restKb")).toBe("–");
  // A blank page loads nothing: there is no share of nothing.
  expect(at(ratios({ restKb: 1 }, { restKb: 0 }), "restKb")).toBe("–");
});

test("cells have the decimals of their column, ratios two", () => {
  const row = cells({ restKb: 1.46, scriptMs: 49.6, shift: 0 });
  expect([at(row, "restKb"), at(row, "scriptMs"), at(row, "shift")]).toEqual(["1.5", "50", "0.000"]);
  expect(at(ratios({ restKb: 1 }, { restKb: 3 }), "restKb")).toBe("0.33 ×");
});

test("a spread goes from the lowest to the highest round", () => {
  expect(spreads([{ coldMs: 210 }, { coldMs: 190.4 }, { coldMs: 300 }], ["coldMs"])).toEqual(["190 … 300"]);
});

const MET: Figures = {
  restKb: 1.5,
  scriptMs: 50,
  chatKb: 16.384,
  blockingMs: 3,
  launcherMs: 600,
  coldMs: 300,
  hoverMs: 100,
  shift: 0,
  globals: 1,
};

test("all aims are met at their limits", () => {
  expect(aims(MET, { launcherMs: 1000 }, 3).filter(({ isMet }) => !isMet)).toEqual([]);
});

test.each(Object.keys(MET) as (keyof typeof MET)[])("a little more %s misses one aim, nothing at all as well", (column) => {
  for (const figures of [
    { ...MET, [column]: MET[column]! + 0.001 },
    { ...MET, [column]: undefined },
  ]) {
    expect(aims(figures, { launcherMs: 1000 }, 3).filter(({ isMet }) => !isMet)).toHaveLength(1);
  }
});

test("without a peer that shows its launcher there is nothing to be quicker than", () => {
  expect(aims(MET, {}, 3).filter(({ isMet }) => !isMet)).toHaveLength(1);
});
