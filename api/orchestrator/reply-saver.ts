import type { Database } from "../db/database.ts";
import { saveReplies, type Draft } from "./reply-rows.ts";

/** A reply in progress: what there is to save of it now, null for nothing; and that somebody else decides about it now. */
export interface Author {
  draft(): Draft | null;
  onLost(): void;
}

export interface ReplySaver {
  /** From now on its text is saved with everybody's. */
  add(author: Author): void;
  /** Resolves when no save that knows it is under way. */
  remove(author: Author): Promise<void>;
}

/**
 * Saves the texts of all replies that this process writes in one statement, every `saveMs` while there are any. What cannot be
 * saved now is saved with the next: only whoever goes on after a crash needs it.
 */
export function createReplySaver(db: Database, saveMs: number): ReplySaver {
  const authors = new Set<Author>();
  let saving: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  async function saveAll(): Promise<void> {
    const written = [...authors].flatMap((author) => {
      const draft = author.draft();
      return draft ? [{ author, draft }] : [];
    });
    if (written.length === 0) return;
    const lost = await saveReplies(
      db,
      written.map(({ draft }) => draft),
    );
    for (const { author, draft } of written) if (lost.has(draft.job.id)) author.onLost();
  }

  const tick = () => {
    saving ??= saveAll()
      .catch(() => {})
      .finally(() => (saving = null));
  };
  return {
    add(author) {
      authors.add(author);
      timer ??= setInterval(tick, saveMs);
    },
    async remove(author) {
      if (!authors.delete(author)) return;
      if (authors.size === 0) {
        clearInterval(timer);
        timer = undefined;
      }
      await saving;
    },
  };
}
