import { LitElement } from "lit";

/** Renders into the light DOM: one stylesheet, labels and ids that reach each other, forms that see their fields. */
export class LightElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
