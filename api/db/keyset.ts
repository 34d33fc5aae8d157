import { sql, type RawBuilder } from "kysely";
import { z } from "zod";

/** What `exactTime` selects. */
export const exactTimeSchema = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/)
  .refine((at) => !Number.isNaN(Date.parse(at)));

/** Keyset of lists that are sorted by a time, newest first, then by id. */
export const keysetSchema = z.tuple([exactTimeSchema, z.uuid()]);
export type Keyset = z.infer<typeof keysetSchema>;

/** The time of a row with its microseconds: a position cut to milliseconds would skip or repeat rows. Select it `as` a column. */
export function exactTime(column: string): RawBuilder<string> {
  return sql<string>`to_char(${sql.ref(column)} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** Rows that come after the keyset. */
export function isAfterKeyset(column: string, [at, id]: Keyset): RawBuilder<boolean> {
  return sql<boolean>`(${sql.ref(column)}, id) < (${at}::timestamptz, ${id}::uuid)`;
}
