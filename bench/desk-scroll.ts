import { launchChromium } from "../tests/support/chromium.ts";
import { openTestDatabase } from "../tests/support/database.ts";
import { ownerQuery } from "../tests/support/owner.ts";
import { ADMIN, startTestServer } from "../tests/support/server.ts";
import { printTable, whole } from "./figures.ts";

/**
 * Scrolling in the panel at a quarter of the speed: tasks over 50 ms while the list loads page after page, and while a thread
 * loads what is older. In the installed Chromium, over the embedded database.
 */

const CONVERSATIONS = 2000;
const MESSAGES = 600;
const CPU_SLOWDOWN = 4;
const WHEELS = 80;

const db = await openTestDatabase();
const server = await startTestServer({ db });
const agent = await server.createPublishedAgent({ name: "Bench" });
const run = (sqlText: string, params: unknown[]) => ownerQuery(db, sqlText, params);
await run(
  `with v as (insert into visitors (agent_id, client_id, name) select $1, $2, 'Visitor ' || n from generate_series(1, ${CONVERSATIONS}) n returning id, name)
   insert into conversations (agent_id, client_id, visitor_id, last_role, last_seq, last_rev, last_message_preview, last_message_at)
   select $1, $2, id, 'assistant', ${MESSAGES}, ${MESSAGES}, 'The last of the lines of ' || name,
          now() - row_number() over () * interval '1 minute' from v`,
  [agent.id, agent.client_id],
);
await run(
  `insert into messages (conversation_id, client_id, seq, rev, role, content)
   select c.id, c.client_id, s, s, case when s % 2 = 1 then 'visitor' else 'assistant' end,
          case when s % 2 = 1 then 'A question, number ' || s else 'An **answer** with a list:' || chr(10) || chr(10) || '- one' || chr(10) || '- two' || chr(10) || chr(10) || 'and words after it.' end
     from (select id, client_id from conversations order by last_message_at desc limit 1) c, generate_series(1, ${MESSAGES}) s`,
  [],
);
const browser = await launchChromium();
const rows: string[][] = [];
try {
  const page = await (await browser.newContext({ viewport: { width: 1360, height: 800 }, locale: "en-US" })).newPage();
  await page.goto(`${server.url}/admin/conversations`);
  await page.getByLabel("E-mail").fill(ADMIN.email);
  await page.getByLabel("Password").fill(ADMIN.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator(".desk-row").first().waitFor();
  const cdp = await page.context().newCDPSession(page);

  const scroll = async (name: string, selector: string, by: number, count: () => Promise<number>) => {
    await page.evaluate(() => {
      const seen: number[] = [];
      Object.assign(window, { seen });
      new PerformanceObserver((list) => seen.push(...list.getEntries().map(({ duration }) => duration))).observe({
        entryTypes: ["longtask"],
      });
    });
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWDOWN });
    await page.locator(selector).hover();
    for (let n = 0; n < WHEELS; n++) {
      await page.mouse.wheel(0, by);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: 1 });
    const seen = await page.evaluate(() => (window as unknown as { seen: number[] }).seen);
    rows.push([name, whole(await count()), whole(seen.length), whole(Math.max(0, ...seen))]);
  };
  await scroll("the list", ".desk-rows", 400, () => page.locator(".desk-row").count());
  await page.locator(".desk-rows").evaluate((node) => (node.scrollTop = 0));
  await page.locator(".desk-row").first().click();
  await page.getByRole("log").getByText("A question, number 599").waitFor();
  await scroll("a thread, upwards", ".thread-log", -400, () => page.locator(".thread-log .line").count());
} finally {
  await browser.close();
  await server.stop();
}
printTable(["", "lines loaded", "tasks over 50 ms", "longest, ms"], rows);
// The database is kept open for the next test of the thread; there is none.
process.exit();
