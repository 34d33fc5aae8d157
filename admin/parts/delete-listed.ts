import { t } from "../i18n/i18n.ts";
import { ApiError, errorWords } from "../request.ts";
import { confirmAction } from "./confirm.ts";
import type { PagedLoader } from "./paged-loader.ts";
import { toast } from "./toast.ts";

interface Deletion {
  id: string;
  name: string;
  /** What is asked; default: whether to delete it. */
  title?: string;
  /** What goes with it. */
  text: string;
  /** Words of the button. */
  action: string;
  remove(id: string): Promise<unknown>;
  /** Loads the list anew. */
  reload(): Promise<void>;
}

/** Asks, deletes it, and takes it off the list in `page`. Who was slower than somebody else sees the list as it is. */
export async function deleteListed<T extends { id: string }>(
  page: HTMLElement,
  list: PagedLoader<T>,
  { id, name, title = t("Delete “{name}”?", { name }), text, action, remove, reload }: Deletion,
): Promise<void> {
  const isSure = await confirmAction({ title, text, action, isDangerous: true });
  if (!isSure) return;
  try {
    await remove(id);
    list.remove(id);
    toast(t("“{name}” was deleted.", { name }));
    // The button that had the focus is gone.
    page.closest("main")?.focus({ preventScroll: true });
  } catch (err) {
    toast(errorWords(err));
    if (err instanceof ApiError && err.status === 404) void reload();
  }
}
