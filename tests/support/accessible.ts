import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { expect } from "vitest";

/** axe finds no violation in what `part` selects, of all its rules or of `rules` alone. */
export async function expectAccessible(page: Page, { part = "html", rules = [] as string[] } = {}): Promise<void> {
  // Its other mode opens a page of its own each time, which costs more than the rules.
  const axe = new AxeBuilder({ page }).setLegacyMode(part !== "iframe").include(part);
  const { violations } = await (rules.length > 0 ? axe.withRules(rules) : axe).analyze();
  expect(
    violations.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => [html, failureSummary]).slice(0, 3)]),
  ).toEqual([]);
}
