import { sql, type Selectable } from "kysely";
import type { Note } from "../../protocol/resources.ts";
import type { Trx } from "../db/database.ts";
import type { ConversationsTable, MessagesTable } from "../db/types.ts";
import { NOTE_COLUMNS } from "../services/notes/list-notes.ts";

/** Whose conversations have somebody on this node. `companies` null: everybody's. */
export interface Listeners {
  visitors: readonly string[];
  companies: readonly string[] | null;
}

/** Whose conversation it is, and therefore who hears of it. */
interface Owned {
  client_id: string;
  visitor_id: string | null;
}
interface ReadMark {
  conversation_id: string;
  user_id: string;
  message_id: string;
  seq: number;
}
export interface MissedRows {
  conversations: Selectable<ConversationsTable>[];
  messages: Selectable<MessagesTable>[];
  marks: (ReadMark & Owned)[];
  notes: (Note & Owned)[];
}

/** From the moment a row is written until its transaction has ended and the event is out. */
const SLACK_MS = 30_000;
const CONVERSATIONS_MAX = 500;
const ROWS_MAX = 2000;

/** What changed in the last `ageMs` for those who listen here. null: more than can be told. What was deleted leaves no row. */
export async function readMissedRows(trx: Trx, ageMs: number, { visitors, companies }: Listeners): Promise<MissedRows | null> {
  const ids = (list: readonly string[]) =>
    sql`(select value::uuid from jsonb_array_elements_text(${JSON.stringify(list)}::jsonb))`;
  const since = sql`clock_timestamp() - ${ageMs + SLACK_MS}::float8 * interval '1 millisecond'`;
  const ofCompany = sql`(${companies === null} or c.client_id in ${ids(companies ?? [])})`;
  const isHeard = sql`(c.visitor_id in ${ids(visitors)} or ${ofCompany})`;

  const { rows: conversations } = await sql<Selectable<ConversationsTable>>`
    select c.* from public.conversations c
     where c.updated_at > ${since} and ${isHeard}
     limit ${CONVERSATIONS_MAX + 1}::integer`.execute(trx);
  if (conversations.length > CONVERSATIONS_MAX) return null;
  const messages =
    conversations.length === 0
      ? []
      : (
          await sql<Selectable<MessagesTable>>`
            select * from public.messages
             where conversation_id in ${ids(conversations.map(({ id }) => id))} and updated_at > ${since}
             order by conversation_id, rev limit ${ROWS_MAX + 1}::integer`.execute(trx)
        ).rows;
  // Neither reading nor a note changes the conversation itself.
  const { rows: marks } = await sql<ReadMark & Owned>`
    select p.conversation_id, p.user_id, m.id as message_id, m.seq, c.client_id, c.visitor_id
      from public.participants p
      join public.conversations c on c.id = p.conversation_id
      join public.messages m on m.conversation_id = p.conversation_id and m.seq = p.last_read_seq
     where p.updated_at > ${since} and ${isHeard}
     limit ${ROWS_MAX + 1}::integer`.execute(trx);
  const { rows: notes } = await sql<Note & Owned>`
    select ${sql.join(NOTE_COLUMNS.map((column) => sql.ref(`n.${column}`)))}, c.client_id, c.visitor_id
      from public.conversation_notes n
      join public.conversations c on c.id = n.conversation_id
     where n.updated_at > ${since} and ${ofCompany}
     order by n.created_at, n.id limit ${ROWS_MAX + 1}::integer`.execute(trx);
  return [messages, marks, notes].some(({ length }) => length > ROWS_MAX) ? null : { conversations, messages, marks, notes };
}
