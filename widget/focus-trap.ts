import type { Controller, RenusElement } from "./element.ts";

const FOCUSABLE = "button:not([disabled]):not([tabindex='-1']), textarea:not([disabled]), a[href], [tabindex='0']";

/** Keeps Tab inside the host's shadow tree while `isActive`: for the full-screen sheet, which covers the page. */
export class FocusTrap implements Controller {
  isActive = false;
  readonly #host: RenusElement;
  constructor(host: RenusElement) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.#host.addEventListener("keydown", this.#onKeydown);
  }
  hostDisconnected(): void {
    this.#host.removeEventListener("keydown", this.#onKeydown);
  }

  #onKeydown = (event: KeyboardEvent): void => {
    if (!this.isActive || event.key !== "Tab") return;
    const all = focusable(this.#host.shadowRoot!);
    const current = deepActive(this.#host.shadowRoot!);
    const edge = event.shiftKey ? all[0] : all.at(-1);
    if (current !== edge && current !== null) return;
    event.preventDefault();
    (event.shiftKey ? all.at(-1) : all[0])?.focus();
  };
}

/** In the order of the tree, through the shadow roots of our own elements. */
function focusable(root: ShadowRoot): HTMLElement[] {
  const found: HTMLElement[] = [];
  for (const element of root.querySelectorAll<HTMLElement>("*")) {
    if (element.matches(FOCUSABLE) && element.getClientRects().length > 0) found.push(element);
    if (element.shadowRoot) found.push(...focusable(element.shadowRoot));
  }
  return found;
}

function deepActive(root: ShadowRoot): Element | null {
  let active = root.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active;
}
