import { html, nothing, type ReactiveControllerHost, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Page } from "../../protocol/resources.ts";
import { t } from "../i18n/i18n.ts";
import { errorWords } from "../request.ts";
import { Loader } from "./loader.ts";
import { errorState, skeleton } from "./states.ts";
import { toast } from "./toast.ts";

/** A list that comes page by page, and whose rows are added, changed and deleted in place. */
export class PagedLoader<T extends { id: string }> extends Loader<Page<T>> {
  isLoadingMore = false;
  #host: ReactiveControllerHost;

  constructor(host: ReactiveControllerHost) {
    super(host);
    this.#host = host;
  }
  async more(fetchPage: (cursor: string) => Promise<Page<T>>): Promise<void> {
    const cursor = this.value?.next_cursor;
    if (!cursor || this.isLoadingMore) return;
    this.isLoadingMore = true;
    this.#host.requestUpdate();
    try {
      const page = await fetchPage(cursor);
      // Not what was loaded anew meanwhile; rows may have been added or deleted.
      if (this.value?.next_cursor === cursor) this.set({ ...page, data: [...this.value.data, ...page.data] });
    } catch (err) {
      toast(errorWords(err));
    }
    this.isLoadingMore = false;
    this.#host.requestUpdate();
  }
  /** In its place; the newest first when it is not there. */
  put(saved: T): void {
    const shown = this.value ?? { data: [], next_cursor: null };
    const isKnown = shown.data.some(({ id }) => id === saved.id);
    const data = isKnown ? shown.data.map((other) => (other.id === saved.id ? saved : other)) : [saved, ...shown.data];
    this.set({ ...shown, data });
  }
  remove(id: string): void {
    if (this.value) this.set({ ...this.value, data: this.value.data.filter((other) => other.id !== id) });
  }
}

/** How a list is shown. */
export interface PagedList<T> {
  /** What it is called by screen readers. */
  label: string;
  /** Said while the first page comes, over so many grey rows. */
  loading: string;
  skeletonRows: number;
  /** Default: `card list`. */
  className?: string;
  reload: () => void;
  more: (cursor: string) => Promise<Page<T>>;
  empty: () => TemplateResult;
  row: (item: T) => TemplateResult;
}

/** A list in each of its states: loading, refused, empty, filled, with more to come. */
export function pagedList<T extends { id: string }>(list: PagedLoader<T>, view: PagedList<T>): TemplateResult {
  const { status, value, error } = list;
  if (status === "error") return errorState(error, view.reload);
  if (!value) return skeleton(view.skeletonRows, view.loading);
  if (value.data.length === 0) return view.empty();
  return html`<ul class=${view.className ?? "card list"} aria-busy=${status === "loading"} aria-label=${view.label}>
      ${repeat(value.data, (item) => item.id, view.row)}
    </ul>
    ${moreButton(list, view.more)}`;
}

/** The button for the next page, while there is one. */
function moreButton<T extends { id: string }>(
  list: PagedLoader<T>,
  fetchPage: (cursor: string) => Promise<Page<T>>,
): TemplateResult | typeof nothing {
  if (!list.value?.next_cursor) return nothing;
  return html`<button
    type="button"
    class="button is-more"
    ?disabled=${list.isLoadingMore}
    @click=${() => void list.more(fetchPage)}
  >
    ${list.isLoadingMore ? t("Loading…") : t("Load more")}
  </button>`;
}
