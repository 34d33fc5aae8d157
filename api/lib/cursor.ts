import type { z } from "zod";
import { AppError } from "../errors.ts";

/** Opaque cursors of lists: where the last page ended, as base64url of JSON. */
export function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

/** Throws VALIDATION_ERROR unless the cursor is one of ours for this list. */
export function decodeCursor<T extends z.ZodType>(cursor: string, position: T): z.infer<T> {
  try {
    return position.parse(JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")));
  } catch {
    throw new AppError("VALIDATION_ERROR", "cursor: This is not a cursor of this list. Start again without one.", {
      issues: [{ path: "cursor", message: "This is not a cursor of this list." }],
    });
  }
}

/** `rows` were asked for with limit + 1: the one too many says that there is another page. */
export function toPage<Row, T>(
  rows: readonly Row[],
  limit: number,
  position: (last: Row) => unknown,
  toItem: (row: Row) => T,
): { data: T[]; next_cursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { data: page.map(toItem), next_cursor: last && rows.length > limit ? encodeCursor(position(last)) : null };
}
