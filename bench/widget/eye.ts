/** What the benchmark keeps and asks inside a measured page. Times are milliseconds since the navigation. */
export interface Eye {
  /** End of the first painted frame in which a launcher had a box. */
  launcherMs: number | null;
  /** The pointer's press on the page. */
  pressedMs: number | null;
  /** A key has changed a text field. */
  landedMs: number | null;
  /** Centre of the launcher. */
  launcher(): { x: number; y: number } | null;
  /** Whether keys would land, and where the first visible text field is. */
  field(): { hasFocus: boolean; at: { x: number; y: number } | null };
  /** What stands in the field that the first key has landed in. */
  typed(): string;
}

/** Expression of the page's Eye; a symbol, because names on window are counted. */
export const EYE = `window[Symbol.for("renus.bench")]`;

/**
 * Runs inside the page, therefore uses nothing from outside. Looks through open shadow roots, whosever they are. With
 * `watches` each frame is asked for the launcher until it is there; without, nothing runs before it is asked.
 */
export function openEye(watches: boolean): void {
  const FIELDS = "textarea, input:not([type=hidden], [type=file], [type=checkbox], [type=radio]), [contenteditable]";
  function* elements(root: Document | ShadowRoot): Generator<Element> {
    for (const element of root.querySelectorAll("*")) {
      yield element;
      if (element.shadowRoot) yield* elements(element.shadowRoot);
    }
  }
  const find = (selector: string, isWanted: (box: DOMRect) => boolean) => {
    for (const element of elements(document)) {
      if (!element.matches(selector) || !element.checkVisibility({ visibilityProperty: true })) continue;
      const box = element.getBoundingClientRect();
      if (box.width > 0 && box.height > 0 && isWanted(box)) return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    }
    return null;
  };
  const isInCorner = (box: DOMRect) => box.left > innerWidth / 2 && box.top > innerHeight / 2;
  let landed: HTMLElement | undefined;
  const eye: Eye = {
    launcherMs: null,
    pressedMs: null,
    landedMs: null,
    launcher: () => find("button, [role=button]", isInCorner),
    field() {
      let active = document.activeElement;
      while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
      return { hasFocus: active?.matches(FIELDS) ?? false, at: find(FIELDS, () => true) };
    },
    typed: () => (landed && "value" in landed ? String(landed.value) : (landed?.textContent ?? "")),
  };
  Object.assign(window, { [Symbol.for("renus.bench")]: eye });
  addEventListener("pointerdown", (event) => (eye.pressedMs ??= event.timeStamp), true);
  addEventListener(
    "input",
    (event) => {
      if (landed || !event.isTrusted) return;
      landed = event.composedPath()[0] as HTMLElement;
      eye.landedMs = performance.now();
    },
    true,
  );
  if (!watches) return;
  const look = () => {
    if (!eye.launcher()) return void requestAnimationFrame(look);
    // A message is handled after the frame's rendering.
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => (eye.launcherMs = performance.now()));
    port1.start();
    port2.postMessage(null);
  };
  requestAnimationFrame(look);
}
