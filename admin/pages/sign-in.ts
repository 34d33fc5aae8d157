import { html, nothing, type TemplateResult } from "lit";
import { t } from "../i18n/i18n.ts";
import { field, textOf } from "../parts/field.ts";
import { logo } from "../parts/icons.ts";
import { languageChoice } from "../parts/language-choice.ts";
import { LightElement } from "../parts/light-element.ts";
import { formError } from "../parts/states.ts";
import { sendPasswordLink, sendSignInLink, sendsMail, signIn, signInThrough, signInWays } from "../session.ts";

/** E-mail and password, and with Supabase what its project allows besides. After signing in, the address that was asked for is shown. */
export class SignInPage extends LightElement {
  static override properties = { notice: {}, error: { state: true }, sent: { state: true }, isBusy: { state: true } };
  declare notice: string | null;
  declare error: string;
  /** Words once a link was mailed. */
  declare sent: string;
  declare isBusy: boolean;

  constructor() {
    super();
    this.notice = null;
    this.error = "";
    this.sent = "";
    this.isBusy = false;
  }
  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const password = form.elements.namedItem("password") as HTMLInputElement;
    this.isBusy = true;
    this.error = "";
    this.sent = "";
    this.error = (await signIn(textOf(form, "email"), password.value)) ?? "";
    this.isBusy = false;
    if (!this.error) return;
    // The button, resting meanwhile, has lost the focus.
    password.focus();
    password.select();
  }
  /** Whether there is such an account is nobody's business, so `sent` leaves it open. */
  async #mail(event: Event, send: (email: string) => Promise<string | null>, sent: string): Promise<void> {
    const button = event.currentTarget as HTMLButtonElement;
    const form = button.form!;
    const email = textOf(form, "email");
    this.sent = "";
    this.error = email ? "" : t("Enter your e-mail address first.");
    if (!email) return (form.elements.namedItem("email") as HTMLInputElement).focus();
    this.isBusy = true;
    this.error = (await send(email)) ?? "";
    this.isBusy = false;
    if (!this.error) this.sent = sent;
    // Resting meanwhile, it has lost the focus.
    await this.updateComplete;
    button.focus();
  }
  async #leaveFor(provider: string): Promise<void> {
    this.isBusy = true;
    this.sent = "";
    this.error = (await signInThrough(provider)) ?? "";
    this.isBusy = false;
  }
  override render(): TemplateResult {
    const ways = signInWays();
    return html`<main class="sign-in">
      <form class="card" @submit=${this.#submit}>
        ${logo(40)}
        <h1>${t("Sign in")}</h1>
        <p class="muted">${this.notice ?? t("Your agents and their conversations, in one place.")}</p>
        ${formError(this.error)}
        <p class="notice" role="status" ?hidden=${!this.sent}>${this.sent}</p>
        ${ways.hasEmail ? this.#emailFields() : nothing} ${ways.hasEmail && sendsMail() ? this.#mailButtons() : nothing}
        ${ways.providers.map(
          ({ id, name }) =>
            html`<button type="button" class="button is-wide" ?disabled=${this.isBusy} @click=${() => this.#leaveFor(id)}>
              ${t("Continue with {name}", { name })}
            </button>`,
        )}
      </form>
      ${languageChoice("sign-in-language")}
    </main>`;
  }
  #emailFields(): TemplateResult {
    return html`${field(
        { id: "email", label: t("E-mail") },
        // Not type="email": the first account's address may have no dot in its domain.
        html`<input
          id="email"
          name="email"
          inputmode="email"
          autocomplete="username"
          autocapitalize="off"
          spellcheck="false"
          required
          autofocus
        />`,
      )}
      ${field(
        { id: "password", label: t("Password") },
        html`<input id="password" name="password" type="password" autocomplete="current-password" required />`,
      )}
      <button class="button is-primary is-wide" ?disabled=${this.isBusy} aria-busy=${this.isBusy ? "true" : nothing}>
        ${this.isBusy ? t("Signing in…") : t("Sign in")}
      </button>`;
  }
  #mailButtons(): TemplateResult {
    const mailed = t("If this address has an account, an e-mail with a link to a new password is on its way.");
    const linked = t(
      "If this address has an account, an e-mail with a link that signs you in is on its way. Open it in this browser.",
    );
    const button = (words: string, onClick: (event: Event) => void) =>
      html`<button type="button" class="button is-quiet is-wide" ?disabled=${this.isBusy} @click=${onClick}>${words}</button>`;
    return html`${button(t("Forgot your password?"), (event) => void this.#mail(event, sendPasswordLink, mailed))}
    ${button(t("E-mail me a link"), (event) => void this.#mail(event, sendSignInLink, linked))}`;
  }
}
customElements.define("sign-in-page", SignInPage);
