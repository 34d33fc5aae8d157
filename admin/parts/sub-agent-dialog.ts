import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import type { SubAgent } from "../../protocol/resources.ts";
import { createSubAgent, updateSubAgent } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { field, NOT_BLANK, textOf } from "./field.ts";
import { FormDialog } from "./form-dialog.ts";
import "./topics-input.ts";

/**
 * Creates or changes a specialist.
 *
 * @fires sub-agent-saved - detail: the SubAgent as the server has it
 */
export class SubAgentDialog extends FormDialog<SubAgent> {
  static override properties = { ...FormDialog.properties, agentId: { attribute: "agent-id" } };
  declare agentId: string;
  protected override readonly savedEvent = "sub-agent-saved";
  protected override readonly size = "";

  constructor() {
    super();
    this.agentId = "";
  }
  protected override heading(): string {
    return this.subject ? t("Edit “{name}”", { name: this.subject.name }) : t("New sub-agent");
  }
  protected override save(form: HTMLFormElement): Promise<SubAgent> | null {
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
      return null;
    }
    return this.subject ? updateSubAgent(this.agentId, this.subject.id, body) : createSubAgent(this.agentId, body);
  }
  protected override fields(): TemplateResult {
    const { subject: subAgent } = this;
    return html` ${field(
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
      </details>`;
  }
}
customElements.define("sub-agent-dialog", SubAgentDialog);
declare global {
  interface HTMLElementTagNameMap {
    "sub-agent-dialog": SubAgentDialog;
  }
}
