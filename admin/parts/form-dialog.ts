import { html, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { t } from "../i18n/i18n.ts";
import { showIssues } from "./form-issues.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { formError } from "./states.ts";

/** A dialog whose form creates something or changes it: fresh at each opening, closed once the server has it. */
export abstract class FormDialog<Subject> extends LightElement {
  static override properties = {
    subject: { state: true },
    opening: { state: true },
    error: { state: true },
    isBusy: { state: true },
  };
  /** null: a new one. */
  declare protected subject: Subject | null;
  /** Counts openings. */
  declare protected opening: number;
  declare protected error: string;
  declare protected isBusy: boolean;

  constructor() {
    super();
    this.subject = null;
    this.opening = 0;
    this.error = "";
    this.isBusy = false;
  }
  async open(subject: Subject | null): Promise<void> {
    this.subject = subject;
    this.opening++;
    this.error = "";
    await this.updateComplete;
    this.#dialog.showModal();
  }
  get #dialog(): HTMLDialogElement {
    return this.querySelector("dialog")!;
  }

  /** What the dialog is called. */
  protected abstract heading(): string;
  protected abstract fields(): TemplateResult;
  /** Sends the form; null when it complained instead. */
  protected abstract save(form: HTMLFormElement): Promise<Subject> | null;
  /** Of the event that tells what the server has now. */
  protected abstract readonly savedEvent: string;
  protected readonly size: "is-small" | "" = "is-small";

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    this.error = "";
    const saving = this.save(form);
    if (!saving) return;
    this.isBusy = true;
    try {
      const saved = await saving;
      this.#dialog.close();
      this.dispatchEvent(new CustomEvent(this.savedEvent, { detail: saved, bubbles: true }));
    } catch (err) {
      this.error = showIssues(form, err);
    }
    this.isBusy = false;
  }

  override render(): TemplateResult {
    const id = `${this.localName}-title`;
    return html`<dialog class="dialog ${this.size}" aria-labelledby=${id} @close=${() => this.querySelector("form")?.reset()}>
      ${keyed(
        this.opening,
        html`<form class="form" @submit=${this.#submit}>
          <header class="dialog-head">
            <h2 id=${id} dir="auto">${this.heading()}</h2>
            <button type="button" class="button is-quiet is-icon" aria-label=${t("Close")} @click=${() => this.#dialog.close()}>
              ${icon("close")}
            </button>
          </header>
          ${formError(this.error)} ${this.fields()}
          <div class="dialog-actions">
            <button type="button" class="button" @click=${() => this.#dialog.close()}>${t("Cancel")}</button>
            <button class="button is-primary" ?disabled=${this.isBusy}>
              ${this.isBusy ? t("Saving…") : this.subject ? t("Save") : t("Create")}
            </button>
          </div>
        </form>`,
      )}
    </dialog>`;
  }
}
