import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { keyed } from "lit/directives/keyed.js";
import type { SubAgent } from "../../protocol/resources.ts";
import { createSubAgent, updateSubAgent } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { field, NOT_BLANK, textOf } from "./field.ts";
import { showIssues } from "./form-issues.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { formError } from "./states.ts";
import "./topics-input.ts";

/**
 * Creates or changes a specialist.
 *
 * @fires sub-agent-saved - detail: the SubAgent as the server has it
 */
export class SubAgentDialog extends LightElement {
  static override properties = {
    agentId: { attribute: "agent-id" },
    subAgent: { state: true },
    opening: { state: true },
    error: { state: true },
    isBusy: { state: true },
  };
  declare agentId: string;
  /** null: a new one. */
  declare subAgent: SubAgent | null;
  /** Counts openings: each starts from a fresh form. */
  declare opening: number;
  declare error: string;
  declare isBusy: boolean;

  constructor() {
    super();
    this.agentId = "";
    this.subAgent = null;
    this.opening = 0;
    this.error = "";
    this.isBusy = false;
  }
  async open(subAgent: SubAgent | null): Promise<void> {
    this.subAgent = subAgent;
    this.opening++;
    this.error = "";
    await this.updateComplete;
    this.#dialog.showModal();
  }
  get #dialog(): HTMLDialogElement {
    return this.querySelector("dialog")!;
  }
  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const body = {
      name: textOf(form, "name"),
      description: textOf(form, "description") || null,
      topics: form.querySelector("topics-input")?.value ?? [],
      system_prompt: textOf(form, "system_prompt"),
      model: textOf(form, "model") || null,
    };
    if (body.topics.length === 0) {
      this.error = t("Add at least one topic: it is how messages find this specialist.");
      form.querySelector<HTMLInputElement>("topics-input input")?.focus();
      return;
    }
    this.isBusy = true;
    this.error = "";
    try {
      const saved = this.subAgent
        ? await updateSubAgent(this.agentId, this.subAgent.id, body)
        : await createSubAgent(this.agentId, body);
      this.#dialog.close();
      this.dispatchEvent(new CustomEvent("sub-agent-saved", { detail: saved, bubbles: true }));
    } catch (err) {
      this.error = showIssues(form, err);
    }
    this.isBusy = false;
  }

  override render(): TemplateResult {
    return html`<dialog class="dialog" aria-labelledby="sub-agent-title">${keyed(this.opening, this.#form())}</dialog>`;
  }
  #form(): TemplateResult {
    const { subAgent } = this;
    return html`<form class="form" @submit=${this.#save}>
      <header class="dialog-head">
        <h2 id="sub-agent-title">${subAgent ? t("Edit “{name}”", { name: subAgent.name }) : t("New sub-agent")}</h2>
        <button type="button" class="button is-quiet is-icon" aria-label=${t("Close")} @click=${() => this.#dialog.close()}>
          ${icon("close")}
        </button>
      </header>
      ${formError(this.error)}
      ${field(
        { id: "sub-name", label: t("Name") },
        html`<input
          id="sub-name"
          name="name"
          maxlength="120"
          pattern=${NOT_BLANK}
          title=${t("A name")}
          placeholder=${t("Delivery")}
          required
          dir="auto"
          autocomplete="off"
          .defaultValue=${subAgent?.name ?? ""}
        />`,
      )}
      ${field(
        {
          id: "sub-topics",
          label: t("Topics"),
          hint: t("What it is asked about. Enter or a comma adds one; lists can be pasted."),
        },
        html`<topics-input .topics=${guard([this.opening], () => subAgent?.topics ?? [])}></topics-input>`,
      )}
      ${field(
        { id: "sub-prompt", label: t("Prompt"), hint: t("How it answers on these topics, and what it knows about them.") },
        html`<textarea
          id="sub-prompt"
          name="system_prompt"
          class="is-prompt"
          rows="7"
          maxlength="32000"
          required
          dir="auto"
          aria-describedby="sub-prompt-hint"
          .defaultValue=${subAgent?.system_prompt ?? ""}
        ></textarea>`,
      )}
      <details class="more" ?open=${Boolean(subAgent?.description || subAgent?.model) || nothing}>
        <summary>${t("More")}</summary>
        ${field(
          { id: "sub-description", label: t("Description"), optional: true },
          html`<textarea
            id="sub-description"
            name="description"
            rows="2"
            maxlength="2000"
            dir="auto"
            .defaultValue=${subAgent?.description ?? ""}
          ></textarea>`,
        )}
        ${field(
          { id: "sub-model", label: t("Model"), optional: true, hint: t("Empty: the main agent's model.") },
          html`<input
            id="sub-model"
            name="model"
            maxlength="200"
            spellcheck="false"
            aria-describedby="sub-model-hint"
            .defaultValue=${subAgent?.model ?? ""}
          />`,
        )}
      </details>
      <div class="dialog-actions">
        <button type="button" class="button" @click=${() => this.#dialog.close()}>${t("Cancel")}</button>
        <button class="button is-primary" ?disabled=${this.isBusy}>
          ${this.isBusy ? t("Saving…") : subAgent ? t("Save") : t("Create")}
        </button>
      </div>
    </form>`;
  }
}
customElements.define("sub-agent-dialog", SubAgentDialog);
declare global {
  interface HTMLElementTagNameMap {
    "sub-agent-dialog": SubAgentDialog;
  }
}
