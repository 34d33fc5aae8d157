import { render } from "lit/html.js";

/** A part of an element's behaviour that lives as long as the element stands in a page. */
export interface Controller {
  hostConnected?(): void;
  hostDisconnected?(): void;
  hostUpdated?(): void;
}

/** A constructable stylesheet: allowed by every content security policy. */
export function css(text: TemplateStringsArray): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text[0]!);
  return sheet;
}

/**
 * The part of LitElement that the chat needs, a quarter of its size: properties that ask for an update when they change,
 * attributes that follow them both ways, one render a microtask, controllers. Declare properties with `declare`; unset they are null.
 */
export abstract class RenusElement extends HTMLElement {
  static sheets: readonly CSSStyleSheet[] = [];
  /** Property → the attribute it reflects, "" for none. Booleans are attributes that are there or not. */
  static properties: Readonly<Record<string, string>> = {};
  static get observedAttributes(): string[] {
    return Object.values(this.properties).filter(Boolean);
  }

  readonly renderRoot = this.attachShadow({ mode: "open" });
  hasUpdated = false;
  /** Resolves when what has been set is on the screen; waits for the element to stand in a page. */
  updateComplete: Promise<void> = Promise.resolve();
  readonly #values: Record<string, unknown> = {};
  readonly #controllers: Controller[] = [];
  #changed = new Map<string, unknown>();
  #isPlanned = false;
  #connect!: () => void;
  readonly #connected = new Promise<void>((resolve) => (this.#connect = resolve));

  constructor() {
    super();
    this.renderRoot.adoptedStyleSheets = [...(this.constructor as typeof RenusElement).sheets];
    this.requestUpdate();
  }

  /** Registers the element under `tag`. */
  static define(tag: string): void {
    for (const name of Object.keys(this.properties)) {
      Object.defineProperty(this.prototype, name, {
        get(this: RenusElement) {
          return this.#values[name] ?? null;
        },
        set(this: RenusElement, value: unknown) {
          const before = this.#values[name];
          if (value === before) return;
          this.#values[name] = value;
          if (!this.#changed.has(name)) this.#changed.set(name, before);
          this.requestUpdate();
        },
      });
    }
    customElements.define(tag, this as unknown as CustomElementConstructor);
  }

  addController(controller: Controller): void {
    this.#controllers.push(controller);
  }

  connectedCallback(): void {
    for (const name of Object.keys((this.constructor as typeof RenusElement).properties)) {
      // Set before the element was known.
      const own = Object.getOwnPropertyDescriptor(this, name);
      if (own && Reflect.deleteProperty(this, name)) Reflect.set(this, name, own.value);
    }
    this.#connect();
    for (const one of this.#controllers) one.hostConnected?.();
  }

  disconnectedCallback(): void {
    for (const one of this.#controllers) one.hostDisconnected?.();
  }

  attributeChangedCallback(attribute: string, _before: string | null, text: string | null): void {
    for (const [name, own] of Object.entries((this.constructor as typeof RenusElement).properties))
      if (own === attribute) Reflect.set(this, name, typeof this.#values[name] === "boolean" ? text !== null : text);
  }

  requestUpdate(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.updateComplete = this.#connected.then(() => this.#update());
  }

  #update(): void {
    const changed = this.#changed;
    this.willUpdate(changed);
    this.#changed = new Map();
    this.#isPlanned = false;
    for (const [name, attribute] of Object.entries((this.constructor as typeof RenusElement).properties)) {
      const value = this.#values[name];
      if (!attribute) continue;
      const text = value === true ? "" : value === false ? null : (value as string | null | undefined);
      if (text == null) this.removeAttribute(attribute);
      else if (this.getAttribute(attribute) !== text) this.setAttribute(attribute, text);
    }
    render(this.render(), this.renderRoot, { host: this });
    const isFirst = !this.hasUpdated;
    this.hasUpdated = true;
    for (const one of this.#controllers) one.hostUpdated?.();
    if (isFirst) this.firstUpdated();
    this.updated(changed);
  }

  /** Before rendering: derive one property from another. */
  willUpdate(_changed: ReadonlyMap<string, unknown>): void {}
  abstract render(): unknown;
  firstUpdated(): void {}
  /** After rendering. `changed`: the former values of what was set. */
  updated(_changed: ReadonlyMap<string, unknown>): void {}
}
