import type { Controller, RenusElement } from "./element.ts";

const NEAR_PX = 48;
const GESTURES = ["wheel", "touchmove", "keydown", "pointerdown", "pointerup"] as const;
const GESTURE_MS = 500;

/** Follows the newest line as long as the reader is there; leaves a reader who has scrolled up where they are. */
export class StickToBottom implements Controller {
  /** The end is in view. */
  isAtBottom = true;
  readonly #host: RenusElement;
  readonly #find: () => HTMLElement | null;
  #scroller: HTMLElement | null = null;
  #sizes: ResizeObserver | undefined;
  #lastTop = 0;
  #lastHeight = 0;
  #askedUntil = 0;
  /** Height before older lines were put on top. */
  #heldFromEnd: number | null = null;
  constructor(host: RenusElement, find: () => HTMLElement | null) {
    this.#host = host;
    this.#find = find;
    host.addController(this);
  }

  hostUpdated(): void {
    const scroller = this.#find();
    if (scroller !== this.#scroller) this.#watch(scroller);
    if (!scroller) return;
    if (this.#heldFromEnd !== null) {
      const fromEnd = this.#heldFromEnd;
      this.#heldFromEnd = null;
      // The messages render after the list, and before the next frame.
      requestAnimationFrame(() => (scroller.scrollTop = scroller.scrollHeight - fromEnd));
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
    for (const name of GESTURES) this.#scroller?.removeEventListener(name, this.#onGesture);
    this.#sizes?.disconnect();
    this.#scroller = scroller;
    if (!scroller) return;
    scroller.addEventListener("scroll", this.#onScroll, { passive: true });
    for (const name of GESTURES) scroller.addEventListener(name, this.#onGesture, { passive: true });
    this.#sizes = new ResizeObserver(() => this.isAtBottom && this.#toEnd());
    this.#sizes.observe(scroller);
    for (const child of scroller.children) this.#sizes.observe(child);
  }

  #onGesture = (event: Event): void => {
    // A held pointer may drag the scroll bar for long.
    this.#askedUntil = event.type === "pointerdown" ? Infinity : performance.now() + GESTURE_MS;
  };

  #onScroll = (): void => {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller!;
    // Content that shrinks and grows scrolls as well: up is only what a reader did, or what happened at the same height.
    const isAsked = performance.now() < this.#askedUntil || scrollHeight === this.#lastHeight;
    const isUp = isAsked && scrollTop < this.#lastTop - 1;
    this.#lastTop = scrollTop;
    this.#lastHeight = scrollHeight;
    const isAtBottom = scrollHeight - scrollTop - clientHeight < NEAR_PX || (this.isAtBottom && !isUp);
    if (isAtBottom === this.isAtBottom) return;
    this.isAtBottom = isAtBottom;
    this.#host.requestUpdate();
  };

  #toEnd(): void {
    if (this.#scroller) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }
}
