import { html, nothing, type TemplateResult } from "lit";
import type { Agent } from "../../protocol/resources.ts";
import { deleteAgent, updateAgent } from "../api.ts";
import { announceAgent } from "../parts/agent-change.ts";
import { channelField, modelField } from "../parts/agent-fields.ts";
import { confirmAction } from "../parts/confirm.ts";
import { field, NOT_BLANK, textOf } from "../parts/field.ts";
import { showIssues } from "../parts/form-issues.ts";
import { icon } from "../parts/icons.ts";
import { LightElement } from "../parts/light-element.ts";
import { formError } from "../parts/states.ts";
import { toast } from "../parts/toast.ts";
import { errorWords } from "../request.ts";
import { guardLeaving, navigate } from "../router.ts";
import { canEdit } from "../session.ts";

/** What an agent is and how it answers. */
export class AgentSettings extends LightElement {
  static override properties = {
    agent: { attribute: false },
    error: { state: true },
    isDirty: { state: true },
    isBusy: { state: true },
  };
  declare agent: Agent;
  declare error: string;
  declare isDirty: boolean;
  declare isBusy: boolean;
  #warn = (event: BeforeUnloadEvent) => {
    if (this.isDirty) event.preventDefault();
  };

  constructor() {
    super();
    this.error = "";
    this.isDirty = false;
    this.isBusy = false;
  }
  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("beforeunload", this.#warn);
    guardLeaving(() => this.#mayLeave());
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("beforeunload", this.#warn);
    guardLeaving(null);
  }
  async #mayLeave(): Promise<boolean> {
    if (!this.isDirty) return true;
    return confirmAction({
      title: `Leave “${this.agent.name}” without saving?`,
      text: "What you changed here is not saved yet.",
      action: "Leave",
      isDangerous: true,
    });
  }
  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    this.isBusy = true;
    this.error = "";
    try {
      const agent = await updateAgent(this.agent.id, {
        name: textOf(form, "name"),
        description: textOf(form, "description") || null,
        system_prompt: textOf(form, "system_prompt"),
        model: textOf(form, "model"),
        channel: textOf(form, "channel"),
      });
      this.isDirty = false;
      announceAgent(this, agent);
      toast("Saved. New replies use it at once.");
    } catch (err) {
      this.error = showIssues(form, err);
    }
    this.isBusy = false;
  }
  async #delete(): Promise<void> {
    const { id, name } = this.agent;
    const isSure = await confirmAction({
      title: `Delete “${name}”?`,
      text: "Its sub-agents and its public page go with it, and printed QR codes lead nowhere. This cannot be undone.",
      action: "Delete agent",
      isDangerous: true,
    });
    if (!isSure) return;
    try {
      await deleteAgent(id);
      navigate("/agents", { replace: true });
      toast(`“${name}” was deleted.`);
    } catch (err) {
      toast(errorWords(err));
    }
  }

  override render(): TemplateResult {
    const { agent } = this;
    return html`<form
        class="card form"
        @submit=${this.#save}
        @input=${() => (this.isDirty = true)}
        @change=${() => (this.isDirty = true)}
      >
        <fieldset ?disabled=${!canEdit()}>
          <legend class="visually-hidden">Settings of ${agent.name}</legend>
          ${formError(this.error)}
          ${field(
            { id: "name", label: "Name" },
            html`<input
              id="name"
              name="name"
              maxlength="120"
              pattern=${NOT_BLANK}
              required
              dir="auto"
              .defaultValue=${agent.name}
            />`,
          )}
          ${field(
            { id: "description", label: "Description", optional: true, hint: "Visitors read it above the first message." },
            html`<textarea
              id="description"
              name="description"
              rows="2"
              maxlength="2000"
              dir="auto"
              aria-describedby="description-hint"
              .defaultValue=${agent.description ?? ""}
            ></textarea>`,
          )}
          ${field(
            {
              id: "system_prompt",
              label: "Prompt",
              hint: "What the model is told before every conversation. Visitors never see it.",
            },
            html`<textarea
              id="system_prompt"
              name="system_prompt"
              class="is-prompt"
              rows="12"
              maxlength="32000"
              required
              dir="auto"
              aria-describedby="system_prompt-hint"
              .defaultValue=${agent.system_prompt}
            ></textarea>`,
          )}
          <div class="columns">${modelField(agent.model)} ${channelField(agent.channel)}</div>
          ${
            canEdit()
              ? html`<div class="form-actions">
                  <button class="button is-primary" ?disabled=${!this.isDirty || this.isBusy}>
                    ${this.isBusy ? "Saving…" : "Save changes"}
                  </button>
                  <a class="button is-quiet" href="/admin/agents/${agent.id}/wizard/1">Go through the wizard again</a>
                </div>`
              : html`<p class="hint">Administrators can change these settings.</p>`
          }
        </fieldset>
      </form>
      ${
        canEdit()
          ? html`<section class="card form danger-zone" aria-labelledby="delete-title">
              <div>
                <h2 id="delete-title">Delete this agent</h2>
                <p class="muted">If it should only rest for a while, unpublish it instead.</p>
              </div>
              <button type="button" class="button is-danger" @click=${this.#delete}>
                ${icon("trash")}<span>Delete agent</span>
              </button>
            </section>`
          : nothing
      }`;
  }
}
customElements.define("agent-settings", AgentSettings);
