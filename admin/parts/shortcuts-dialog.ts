import { html, type TemplateResult } from "lit";
import { t } from "../i18n/i18n.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";

/** What the keys do. */
export class ShortcutsDialog extends LightElement {
  open(): void {
    this.querySelector("dialog")!.showModal();
  }
  override render(): TemplateResult {
    const keys: [string, string][] = [
      ["j", t("Next conversation")],
      ["k", t("Previous conversation")],
      ["/", t("Search")],
      ["r", t("Write a reply")],
      ["t", t("Take over")],
      ["Esc", t("Leave the field, then the conversation")],
      ["?", t("This list")],
    ];
    return html`<dialog class="dialog is-small" aria-labelledby="shortcuts-title">
      <form method="dialog" class="form">
        <header class="dialog-head">
          <h2 id="shortcuts-title">${t("What the keys do")}</h2>
          <button class="button is-quiet is-icon" aria-label=${t("Close")}>${icon("close")}</button>
        </header>
        <dl class="shortcuts">
          ${keys.map(
            ([key, words]) =>
              html`<div>
                <dt><kbd>${key}</kbd></dt>
                <dd>${words}</dd>
              </div>`,
          )}
        </dl>
      </form>
    </dialog>`;
  }
}
customElements.define("shortcuts-dialog", ShortcutsDialog);
declare global {
  interface HTMLElementTagNameMap {
    "shortcuts-dialog": ShortcutsDialog;
  }
}
