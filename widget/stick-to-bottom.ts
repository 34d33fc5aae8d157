import type { ReactiveController, ReactiveControllerHost } from "lit";

const NEAR_PX = 48;

/** Follows the newest line as long as the reader is there; leaves a reader who has scrolled up where they are. */
export class StickToBottom implements ReactiveController {
  /** The end is in view. */
  isAtBottom = true;
  readonly #host: ReactiveControllerHost;
  readonly #find: () => HTMLElement | null;
  #scroller: HTMLElement | null = null;
  #sizes: ResizeObserver | undefined;
  #lastTop = 0;
  /** Height before older lines were put on top. */
  #heldFromEnd: number | null = null;
  constructor(host: ReactiveControllerHost, find: () => HTMLElement | null) {
    this.#host = host;
    this.#find = find;
    host.addController(this);
  }

  hostUpdated(): void {
    const scroller = this.#find();
    if (scroller !== this.#scroller) this.#watch(scroller);
    if (!scroller) return;
    if (this.#heldFromEnd !== null) {
      scroller.scrollTop = scroller.scrollHeight - this.#heldFromEnd;
      this.#heldFromEnd = null;
    } else if (this.isAtBottom) this.#toEnd();
  }
  hostDisconnected(): void {
    this.#watch(null);
  }

  /** To the newest line, whatever the reader was looking at. */
  jump(): void {
    this.isAtBottom = true;
    this.#toEnd();
    this.#host.requestUpdate();
  }

  /** Call before lines are added on top: what is in view stays in view. */
  hold(): void {
    if (this.#scroller) this.#heldFromEnd = this.#scroller.scrollHeight - this.#scroller.scrollTop;
  }

  #watch(scroller: HTMLElement | null): void {
    this.#scroller?.removeEventListener("scroll", this.#onScroll);
    this.#sizes?.disconnect();
    this.#scroller = scroller;
    if (!scroller) return;
    scroller.addEventListener("scroll", this.#onScroll, { passive: true });
    this.#sizes = new ResizeObserver(() => this.isAtBottom && this.#toEnd());
    this.#sizes.observe(scroller);
    for (const child of scroller.children) this.#sizes.observe(child);
  }

  #onScroll = (): void => {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller!;
    // Only a reader scrolls up; growing content moves the end away without being asked.
    const isUp = scrollTop < this.#lastTop - 1;
    this.#lastTop = scrollTop;
    const isAtBottom = scrollHeight - scrollTop - clientHeight < NEAR_PX || (this.isAtBottom && !isUp);
    if (isAtBottom === this.isAtBottom) return;
    this.isAtBottom = isAtBottom;
    this.#host.requestUpdate();
  };

  #toEnd(): void {
    if (this.#scroller) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }
}
