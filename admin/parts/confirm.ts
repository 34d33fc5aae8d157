import { html, nothing, render } from "lit";
import { t } from "../i18n/i18n.ts";

/**
 * Asks before something is lost. Name the object in `title`. With `typed` that name has to be written first. Resolves to
 * whether the person agreed.
 */
export function confirmAction(ask: {
  title: string;
  text: string;
  action: string;
  isDangerous?: boolean;
  typed?: string;
}): Promise<boolean> {
  const { typed } = ask;
  const check = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const isSame = input.value.trim().replace(/\s+/g, " ") === typed?.trim().replace(/\s+/g, " ");
    input.setCustomValidity(isSame ? "" : t("This is not the name."));
  };
  const dialog = document.createElement("dialog");
  dialog.className = "dialog is-small";
  dialog.setAttribute("aria-labelledby", "confirm-title");
  render(
    html`<form method="dialog">
      <h2 id="confirm-title">${ask.title}</h2>
      <p class="dialog-text">${ask.text}</p>
      ${
        typed
          ? html`<div class="field">
              <label for="confirm-typed">${t("Type {name} to go on", { name: typed })}</label>
              <input id="confirm-typed" required autocomplete="off" spellcheck="false" dir="auto" autofocus @input=${check} />
            </div>`
          : nothing
      }
      <div class="dialog-actions">
        <button type="button" class="button" ?autofocus=${!typed} @click=${() => dialog.close("no")}>${t("Cancel")}</button>
        <button class="button ${ask.isDangerous ? "is-danger" : "is-primary"}" value="yes">${ask.action}</button>
      </div>
    </form>`,
    dialog,
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
