import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const ofBuilder = createRequire(createRequire(import.meta.url).resolve("@axe-core/playwright"));
const AXE = readFileSync(ofBuilder.resolve("axe-core/axe.min.js"), "utf8");

/** axe finds no violation in what `part` selects, of all its rules or of `rules` alone. */
export async function expectAccessible(page: Page, { part = "html", rules = [] as string[] } = {}): Promise<void> {
  // Its mode for frames of other origins opens a page of its own each time.
  const isFramed = part === "iframe";
  // To bring axe into the page costs more than to run it, and left to itself the builder brings it twice for every run.
  if (!isFramed) for (const frame of page.frames()) if (await frame.evaluate(() => !("axe" in window))) await frame.evaluate(AXE);
  const axe = new AxeBuilder({ page, axeSource: isFramed ? AXE : "0" })
    .setLegacyMode(!isFramed)
    .include(part)
    .options({ resultTypes: ["violations"] });
  const { violations } = await (rules.length > 0 ? axe.withRules(rules) : axe).analyze();
  expect(
    violations.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => [html, failureSummary]).slice(0, 3)]),
  ).toEqual([]);
}
