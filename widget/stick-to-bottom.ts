const NEAR_PX = 48;
const GESTURE_MS = 500;

/** Follows the newest line as long as the reader is there; leaves a reader who has scrolled up where they are. */
export interface StickToBottom {
  /** Whether the end is in view. */
  isAtBottom(): boolean;
  /** To the newest line, whatever the reader was looking at. */
  jump(): void;
  /** Runs a change of the lines. `isOnTop`: it adds some above what is in view, which stays in view. */
  keep(change: () => void, isOnTop: boolean): void;
}

export function stickToBottom(scroller: HTMLElement, onChange: () => void): StickToBottom {
  let isAtBottom = true;
  let lastTop = 0;
  let lastHeight = 0;
  let askedUntil = 0;
  const toEnd = () => {
    if (isAtBottom) scroller.scrollTop = scroller.scrollHeight;
  };
  for (const name of ["wheel", "touchmove", "keydown", "pointerdown", "pointerup"])
    scroller.addEventListener(
      name,
      // A held pointer may drag the scroll bar for long.
      () => (askedUntil = name === "pointerdown" ? Infinity : performance.now() + GESTURE_MS),
      { passive: true },
    );
  scroller.addEventListener("scroll", () => {
    const { scrollHeight, scrollTop, clientHeight } = scroller;
    // Content that shrinks and grows scrolls as well: up is only what a reader did, or what happened at the same height.
    const isUp = scrollTop < lastTop - 1 && (performance.now() < askedUntil || scrollHeight === lastHeight);
    lastTop = scrollTop;
    lastHeight = scrollHeight;
    const before = isAtBottom;
    isAtBottom = scrollHeight - scrollTop - clientHeight < NEAR_PX || (before && !isUp);
    if (isAtBottom !== before) onChange();
  });
  const sizes = new ResizeObserver(toEnd);
  sizes.observe(scroller);
  sizes.observe(scroller.firstElementChild!);
  return {
    isAtBottom: () => isAtBottom,
    jump() {
      isAtBottom = true;
      toEnd();
    },
    keep(change, isOnTop) {
      const fromEnd = scroller.scrollHeight - scroller.scrollTop;
      change();
      toEnd();
      if (!isAtBottom && isOnTop) scroller.scrollTop = scroller.scrollHeight - fromEnd;
    },
  };
}
