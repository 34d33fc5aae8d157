import { html, nothing, type TemplateResult } from "lit";
import { field, textOf } from "../parts/field.ts";
import { logo } from "../parts/icons.ts";
import { LightElement } from "../parts/light-element.ts";
import { formError } from "../parts/states.ts";
import { signIn } from "../session.ts";

/** E-mail and password. After signing in, the address that was asked for is shown. */
export class SignInPage extends LightElement {
  static override properties = { notice: {}, error: { state: true }, isBusy: { state: true } };
  declare notice: string | null;
  declare error: string;
  declare isBusy: boolean;

  constructor() {
    super();
    this.notice = null;
    this.error = "";
    this.isBusy = false;
  }
  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const password = form.elements.namedItem("password") as HTMLInputElement;
    this.isBusy = true;
    this.error = "";
    this.error = (await signIn(textOf(form, "email"), password.value)) ?? "";
    this.isBusy = false;
    if (this.error) password.select();
  }
  override render(): TemplateResult {
    return html`<main class="sign-in">
      <form class="card" @submit=${this.#submit}>
        ${logo(40)}
        <h1>Sign in</h1>
        <p class="muted">${this.notice ?? "Your agents and their conversations, in one place."}</p>
        ${formError(this.error)}
        ${field(
          { id: "email", label: "E-mail" },
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
          { id: "password", label: "Password" },
          html`<input id="password" name="password" type="password" autocomplete="current-password" required />`,
        )}
        <button class="button is-primary is-wide" ?disabled=${this.isBusy} aria-busy=${this.isBusy ? "true" : nothing}>
          ${this.isBusy ? "Signing in…" : "Sign in"}
        </button>
      </form>
    </main>`;
  }
}
customElements.define("sign-in-page", SignInPage);
