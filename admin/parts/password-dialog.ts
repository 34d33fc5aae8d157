import { html, nothing, type TemplateResult } from "lit";
import { t } from "../i18n/i18n.ts";
import { changePassword } from "../session.ts";
import { field } from "./field.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { formError } from "./states.ts";
import { toast } from "./toast.ts";

/** As the server asks. */
export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 256;

/** Changes the signed-in person's own password; the current one is not asked from who has forgotten it. */
export class PasswordDialog extends LightElement {
  static override properties = { email: {}, isForgotten: { state: true }, error: { state: true }, isBusy: { state: true } };
  /** Tells password managers whose password it is. */
  declare email: string;
  declare isForgotten: boolean;
  declare error: string;
  declare isBusy: boolean;

  constructor() {
    super();
    this.email = "";
    this.isForgotten = false;
    this.error = "";
    this.isBusy = false;
  }
  async open({ isForgotten = false } = {}): Promise<void> {
    this.error = "";
    this.isForgotten = isForgotten;
    await this.updateComplete;
    this.#dialog.showModal();
  }
  get #dialog(): HTMLDialogElement {
    return this.querySelector("dialog")!;
  }
  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const [current, next, again] = ["current", "next", "again"].map(
      (name) => form.elements.namedItem(name) as HTMLInputElement | null,
    );
    if (next!.value !== again!.value) return this.#complain(t("The two new passwords are not the same."), again!);
    if (next!.value === current?.value) return this.#complain(t("The new password is the same as the current one."), next!);
    this.isBusy = true;
    this.error = "";
    const failure = await changePassword(current?.value ?? null, next!.value);
    this.isBusy = false;
    if (failure) return this.#complain(failure.words, failure.isAboutNew ? next! : (current ?? next!));
    this.#dialog.close();
    toast(t("Your password is changed. Your other sign-ins have ended."));
  }
  #complain(words: string, control: HTMLInputElement): void {
    this.error = words;
    control.select();
  }

  override render(): TemplateResult {
    return html`<dialog
      class="dialog is-small"
      aria-labelledby="password-title"
      @close=${() => this.querySelector("form")!.reset()}
    >
      <form class="form" @submit=${this.#save}>
        <header class="dialog-head">
          <h2 id="password-title">${this.isForgotten ? t("Choose a new password") : t("Change password")}</h2>
          <button type="button" class="button is-quiet is-icon" aria-label=${t("Close")} @click=${() => this.#dialog.close()}>
            ${icon("close")}
          </button>
        </header>
        <input hidden name="username" autocomplete="username" readonly .value=${this.email} />
        ${formError(this.error)} ${this.isForgotten ? nothing : currentPassword()}
        ${field(
          {
            id: "new-password",
            label: t("New password"),
            hint: t("At least {count} characters. Wherever else you are signed in, you will be asked for it.", {
              count: PASSWORD_MIN,
            }),
          },
          newPassword("new-password", "next", "new-password-hint"),
        )}
        ${field({ id: "new-password-again", label: t("New password again") }, newPassword("new-password-again", "again"))}
        <div class="dialog-actions">
          <button type="button" class="button" @click=${() => this.#dialog.close()}>${t("Cancel")}</button>
          <button class="button is-primary" ?disabled=${this.isBusy}>
            ${this.isBusy ? t("Changing…") : t("Change password")}
          </button>
        </div>
      </form>
    </dialog>`;
  }
}
function currentPassword(): TemplateResult {
  return field(
    { id: "current-password", label: t("Current password") },
    html`<input
      id="current-password"
      name="current"
      type="password"
      autocomplete="current-password"
      maxlength="1024"
      required
      autofocus
    />`,
  );
}
function newPassword(id: string, name: string, hint?: string): TemplateResult {
  return html`<input
    id=${id}
    name=${name}
    type="password"
    autocomplete="new-password"
    minlength=${PASSWORD_MIN}
    maxlength=${PASSWORD_MAX}
    required
    aria-describedby=${hint ?? nothing}
  />`;
}
customElements.define("password-dialog", PasswordDialog);
declare global {
  interface HTMLElementTagNameMap {
    "password-dialog": PasswordDialog;
  }
}
