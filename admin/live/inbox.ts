import type { InboxConversation } from "../../protocol/resources.ts";
import { listConversations } from "../api.ts";
import { ApiError, errorWords } from "../request.ts";
import { account } from "../session.ts";
import { inFrames } from "./frames.ts";
import { listen } from "./live.ts";
import { onRow } from "./rows.ts";
import { Store } from "./store.ts";

/** Put on the page in one frame. */
const ROWS_AT_ONCE = 10;

export const VIEWS = ["open", "waiting", "mine", "closed"] as const;
export type InboxView = (typeof VIEWS)[number];

/** What the list shows; all of it stands in the address. */
export interface InboxFilter {
  view: InboxView;
  agent: string;
  q: string;
}

/** The list of conversations, kept as it is on the server. */
export class Inbox extends Store {
  rows: readonly InboxConversation[] | null = null;
  error = "";
  isLoading = false;
  hasMore = false;
  #cursor: string | null = null;
  #filter: InboxFilter = { view: "open", agent: "", q: "" };
  /** Rises with each filter: a late answer to an earlier one changes nothing. */
  #generation = 0;
  #stops: (() => void)[] = [];

  start(): void {
    this.#stops = [
      onRow((id, row) => this.#put(id, row)),
      listen((frame) => {
        // What happened in the meantime nobody has told.
        if (frame.type === "connected" && (this.rows || this.error)) void this.#load(this.rows !== null);
      }),
    ];
  }
  stop(): void {
    for (const stop of this.#stops) stop();
  }

  show(filter: InboxFilter): Promise<void> {
    this.#filter = filter;
    return this.#load(false);
  }
  retry(): Promise<void> {
    return this.#load(false);
  }

  /** `isQuiet`: what is in view stays until the answer has come. */
  async #load(isQuiet: boolean): Promise<void> {
    const own = ++this.#generation;
    if (!isQuiet) this.rows = null;
    this.error = "";
    this.isLoading = true;
    this.changed();
    try {
      const page = await this.#ask(null, Math.min(100, Math.max(30, this.rows?.length ?? 0)));
      if (own !== this.#generation) return;
      this.rows = page.data;
      this.#cursor = page.next_cursor;
      this.hasMore = page.next_cursor !== null;
    } catch (err) {
      if (own !== this.#generation) return;
      if (!isQuiet) this.error = errorWords(err);
    }
    this.isLoading = false;
    this.changed();
  }

  async loadMore(): Promise<void> {
    if (!this.hasMore || this.isLoading || !this.rows) return;
    const own = this.#generation;
    this.isLoading = true;
    this.changed();
    try {
      const page = await this.#ask(this.#cursor, 30);
      if (own !== this.#generation) return;
      await inFrames(page.data, ROWS_AT_ONCE, (some) => {
        if (own !== this.#generation || !this.rows) return false;
        // A message may have brought one of them in the meantime.
        const known = new Set(this.rows.map(({ id }) => id));
        this.rows = [...this.rows, ...some.filter(({ id }) => !known.has(id))];
        this.changed();
        return true;
      });
      if (own !== this.#generation) return;
      this.#cursor = page.next_cursor;
      this.hasMore = page.next_cursor !== null;
    } catch (err) {
      if (own !== this.#generation) return;
      // The end is still in view: asking again at once would never stop.
      this.hasMore = false;
      if (!(err instanceof ApiError)) throw err;
    } finally {
      this.isLoading = false;
      this.changed();
    }
  }

  #ask(cursor: string | null, limit: number) {
    const { view, agent, q } = this.#filter;
    return listConversations({
      status: view === "closed" ? "closed" : "open",
      owner: view === "mine" ? "me" : null,
      waiting: view === "waiting" ? "true" : null,
      agent_id: agent,
      q,
      has_messages: "true",
      cursor,
      limit,
    });
  }

  #put(id: string, row: InboxConversation | null): void {
    if (!this.rows) return;
    const known = this.rows.some((one) => one.id === id);
    const others = this.rows.filter((one) => one.id !== id);
    if (row && this.#belongs(row, known)) this.rows = insert(others, row);
    else if (known) this.rows = others;
    this.changed();
  }
  #belongs(row: InboxConversation, isKnown: boolean): boolean {
    const { view, agent, q } = this.#filter;
    // Whether the words are in it only the server knows.
    if (q && !isKnown) return false;
    if (agent && row.agent_id !== agent) return false;
    if (row.last_seq === 0 || row.status !== (view === "closed" ? "closed" : "open")) return false;
    if (view === "mine") return row.owner === "operator" && row.owner_id === account().id;
    return view !== "waiting" || row.waiting;
  }
}

const timeOf = ({ last_message_at, created_at }: InboxConversation) => last_message_at ?? created_at;

/** Newest activity first, as the server has it. */
function insert(rows: readonly InboxConversation[], row: InboxConversation): InboxConversation[] {
  const at = rows.findIndex((one) => timeOf(one) < timeOf(row) || (timeOf(one) === timeOf(row) && one.id < row.id));
  return at < 0 ? [...rows, row] : rows.toSpliced(at, 0, row);
}
