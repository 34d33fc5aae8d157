import { expect } from "vitest";
import type { BusyVisitors } from "./busy-visitors.ts";

export type Query = (sql: string) => Promise<Record<string, unknown>[]>;

/** Notes every end of a reply in a table beside the messages. For the owner of a test's own database, where nobody rates replies. */
export const AUDIT = `
  create table public.test_ends (message_id uuid not null, status text not null);
  create function public.test_note_end() returns trigger language plpgsql security definer set search_path = '' as $$
  begin
    if new.role = 'assistant' and new.status <> 'streaming' then
      insert into public.test_ends values (new.id, new.status);
    end if;
    return null;
  end $$;
  create trigger test_ends after insert or update on public.messages for each row execute function public.test_note_end();`;

export interface Reckoning {
  written: number;
  acknowledged: number;
  /** Acknowledged, and not stored. */
  lost: number;
  /** Stored more than once. */
  duplicated: number;
  /** Conversations whose seq has a hole. */
  holes: number;
  replies: number;
  /** Replies that have not ended, or more than once, or not with the answer. */
  unended: number;
  endedTwice: number;
  garbled: number;
  /** Jobs with more than one reply. */
  doubled: number;
  /** Lines that say that a limit of the day was reached: what was not asked of the model was not tested. */
  limited: number;
  /** What a tab shows at the end and is not what is stored. */
  unlike: number;
}

/** Counts what must not be. `isAnswer`: a complete reply as the model gave it. */
export async function reckon(query: Query, visitors: BusyVisitors, isAnswer: (text: string) => boolean): Promise<Reckoning> {
  const acknowledged = visitors.acknowledged();
  const written = visitors.written();
  const size = (map: Map<string, Set<string>>) => [...map.values()].reduce((sum, set) => sum + set.size, 0);
  const ids = [...written.keys()].map((id) => `'${id}'`).join(",");
  const rows = (await query(
    `select conversation_id, id, seq, rev, role, status, content from public.messages where conversation_id in (${ids}) order by conversation_id, seq`,
  )) as { conversation_id: string; id: string; seq: number; rev: number; role: string; status: string; content: string }[];
  const ends = await query(
    `select message_id, count(*)::int as count from public.test_ends e join public.messages m on m.id = e.message_id
      where m.conversation_id in (${ids}) group by 1 having count(*) > 1`,
  );
  const jobs = (await query(
    `select (select count(*)::int from public.reply_jobs where status in ('queued', 'running') and conversation_id in (${ids})) as open,
            (select count(*)::int from public.reply_jobs where message_id is not null and conversation_id in (${ids})) as spoken`,
  )) as { open: number; spoken: number }[];
  const found: Reckoning = {
    written: size(written),
    acknowledged: size(acknowledged),
    lost: 0,
    duplicated: 0,
    holes: 0,
    replies: 0,
    unended: jobs[0]!.open,
    endedTwice: ends.length,
    garbled: 0,
    doubled: 0,
    limited: rows.filter(({ role }) => role === "system").length,
    unlike: 0,
  };
  for (const tab of visitors.tabs) {
    const own = rows.filter((row) => row.conversation_id === tab.conversation_id);
    const said = own.filter(({ role }) => role === "visitor").map(({ content }) => content);
    found.duplicated += said.length - new Set(said).size;
    for (const content of acknowledged.get(tab.conversation_id)!) if (!said.includes(content)) found.lost++;
    if (own.some(({ seq }, index) => seq !== index + 1)) found.holes++;
    const shown = (row: { seq: number; role: string; status: string; content: string }) => [
      row.seq,
      row.role,
      row.status,
      row.content,
    ];
    if (JSON.stringify(own.map(shown)) !== JSON.stringify(tab.messages().map(shown))) found.unlike++;
  }
  const replies = rows.filter(({ role }) => role === "assistant");
  found.replies = replies.length;
  found.unended += replies.filter(({ status }) => status === "streaming").length;
  found.garbled = replies.filter(({ status, content }) => status === "complete" && !isAnswer(content)).length;
  found.doubled = replies.length - jobs[0]!.spoken;
  return found;
}

export function expectNothingLost(found: Reckoning): void {
  const { written, acknowledged, replies, ...faults } = found;
  expect(acknowledged).toBe(written);
  expect(replies).toBeGreaterThan(0);
  for (const [fault, count] of Object.entries(faults)) expect(`${fault} ${count}`).toBe(`${fault} 0`);
}
