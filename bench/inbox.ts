import type { UserActor } from "../api/db/actor.ts";
import type { ServiceContext } from "../api/services/context.ts";
import { countConversations } from "../api/services/conversations/count-conversations.ts";
import { listConversations } from "../api/services/conversations/list-conversations.ts";
import { listMessages } from "../api/services/messages/list-messages.ts";
import { conversationListQuery, messageListQuery } from "../protocol/requests.ts";
import { numberOption, printTable, tenths } from "./figures.ts";
import { highestOf, medianOf, openLargeCompany } from "./large-company.ts";

/**
 * Database time of what the inbox asks for, in a company with many conversations: the queries of the services themselves,
 * repeated under the caller's role as EXPLAIN (ANALYZE, BUFFERS). `--conversations=50000 --messages=20 --rounds=5`
 */

const rounds = numberOption("rounds", 5);
const LIMIT_MS = 100;
/** Of a search for words that are frequent, and not where the caller looks. */
const FAR_LIMIT_MS = 500;

const company = await openLargeCompany(numberOption("conversations", 50_000), numberOption("messages", 20));

type Ask = (ctx: ServiceContext<UserActor>) => Promise<unknown>;
const list = (more: Record<string, string>) => (ctx: ServiceContext<UserActor>) =>
  listConversations(ctx, conversationListQuery.parse({ has_messages: "true", limit: "30", ...more }));
/** What `ask` does is timed; what leads to it is not. */
const plain = (ask: Ask) => async () => ask;
const questions: [name: string, limit: number, prepare: (ctx: ServiceContext<UserActor>) => Promise<Ask>][] = [
  ["first page, open", LIMIT_MS, plain(list({ status: "open" }))],
  ["closed", LIMIT_MS, plain(list({ status: "closed" }))],
  ["waiting for a person", LIMIT_MS, plain(list({ status: "open", waiting: "true" }))],
  ["my own", LIMIT_MS, plain(list({ status: "open", owner: "me" }))],
  ["of one agent", LIMIT_MS, plain(list({ status: "open", agent_id: company.agent }))],
  ["search, a rare word", LIMIT_MS, plain(list({ status: "open", q: "zebra" }))],
  ["search, a word in a fifth of the messages", LIMIT_MS, plain(list({ status: "open", q: "blue" }))],
  ["search, in all of them", LIMIT_MS, plain(list({ status: "open", q: "order num" }))],
  ["search, a frequent word that one agent never met", FAR_LIMIT_MS, plain(list({ agent_id: company.agent, q: "purple" }))],
  [
    "the page after the 40th",
    LIMIT_MS,
    async (ctx) => {
      let cursor: string | null = null;
      for (let page = 0; page < 39; page++) {
        cursor = (await list(cursor ? { status: "open", cursor } : { status: "open" })(ctx)).next_cursor;
      }
      return list({ status: "open", cursor: cursor! });
    },
  ],
  ["counts", LIMIT_MS, plain((ctx) => countConversations(ctx, {}))],
  [
    "newest messages of a thread",
    LIMIT_MS,
    async (ctx) => {
      const conversation_id = (await list({})(ctx)).data[0]!.id;
      return () => listMessages(ctx, { ...messageListQuery.parse({}), conversation_id });
    },
  ],
];

const rows: string[][] = [];
const slow: string[] = [];
for (const [who, actor] of company.actors) {
  const ctx = company.contextOf(actor);
  for (const [name, limit, prepare] of questions) {
    const ask = await prepare(ctx);
    const timed = await company.time(actor, rounds, () => ask(ctx));
    rows.push([`${who}: ${name}`, tenths(medianOf(timed)), tenths(highestOf(timed))]);
    if (medianOf(timed) > limit) {
      slow.push(`${who}: ${name} (over ${limit} ms)\n${timed.map(({ text, plan }) => `${text}\n${plan}`).join("\n")}`);
    }
  }
}
printTable(["planning and execution, ms", "median", "highest"], rows);
await company.close();
if (slow.length > 0) {
  console.error(`\n${slow.join("\n\n")}`);
  process.exitCode = 1;
}
