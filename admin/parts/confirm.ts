import { html, render } from "lit";
import { t } from "../i18n/i18n.ts";

/** Asks before something is lost. Name the object in `title`. Resolves to whether the person agreed. */
export function confirmAction(ask: { title: string; text: string; action: string; isDangerous?: boolean }): Promise<boolean> {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog is-small";
  dialog.setAttribute("aria-labelledby", "confirm-title");
  render(
    html`<form method="dialog">
      <h2 id="confirm-title">${ask.title}</h2>
      <p class="dialog-text">${ask.text}</p>
      <div class="dialog-actions">
        <button class="button" value="no" autofocus>${t("Cancel")}</button>
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
