import { getOverview } from "../api/services/overview/get-overview.ts";
import { overviewQuery } from "../protocol/requests.ts";
import { numberOption, printTable, tenths } from "./figures.ts";
import { medianOf, openLargeCompany, type Timed } from "./large-company.ts";

/**
 * Database time of the overview in a company that wrote all its messages in the two months that it compares: the statements of
 * the service itself, repeated under the caller's role as EXPLAIN (ANALYZE, BUFFERS). `--conversations=50000 --messages=20 --rounds=5`
 */

const rounds = numberOption("rounds", 5);
const LIMIT_MS = 1000;

const company = await openLargeCompany(numberOption("conversations", 50_000), numberOption("messages", 20));
const rows: string[][] = [];
const slow: string[] = [];
for (const [who, actor] of company.actors) {
  for (const more of [{}, { agent_id: company.agent }]) {
    for (const period of ["24h", "7d", "30d"] as const) {
      const timed = await company.time(actor, rounds, () =>
        getOverview(company.contextOf(actor), overviewQuery.parse({ period, ...more })),
      );
      const one = (statement: Timed) => medianOf([statement]);
      rows.push([
        `${who}${"agent_id" in more ? ", one agent" : ""}: ${period}`,
        tenths(medianOf(timed)),
        tenths(Math.max(...timed.map(one))),
      ]);
      if (medianOf(timed) > LIMIT_MS) {
        const plans = timed.filter((statement) => one(statement) > LIMIT_MS / 8).map(({ text, plan }) => `${text}\n${plan}`);
        slow.push(`${who}, ${period} (over ${LIMIT_MS} ms)\n${plans.join("\n\n")}`);
      }
    }
  }
}
printTable(["planning and execution, ms", "all statements", "the longest of them"], rows);
await company.close();
if (slow.length > 0) {
  console.error(`\n${slow.join("\n\n")}`);
  process.exitCode = 1;
}
