import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Agent, AgentUsage } from "../../protocol/resources.ts";
import { getWizard, publishAgent, updateAgent, type AgentChanges } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { announceAgent } from "../parts/agent-change.ts";
import { channelField, languageField, modelField, readStarters, startersField } from "../parts/agent-fields.ts";
import { askAndDelete, askAndPause } from "../parts/change-agent.ts";
import { dayLimitsFields, readDayLimits } from "../parts/day-limits.ts";
import { privacyFields, readPrivacy } from "../parts/privacy-fields.ts";
import { field, NOT_BLANK, textOf } from "../parts/field.ts";
import { showIssues } from "../parts/form-issues.ts";
import { icon } from "../parts/icons.ts";
import { LightElement } from "../parts/light-element.ts";
import { formError } from "../parts/states.ts";
import { toast } from "../parts/toast.ts";
import { Unsaved } from "../parts/unsaved.ts";
import { isPromptEdited } from "../parts/wizard-steps.ts";
import { errorWords } from "../request.ts";
import { navigate } from "../router.ts";
import { canEdit } from "../session.ts";

/** As far as it is read here; hand-written ones may hold anything. */
interface AgentConfig {
  greeting?: unknown;
  starters?: unknown;
  locale?: unknown;
  limits?: unknown;
  retention_days?: unknown;
  step_2_data?: { language?: unknown };
}

/** What an agent is and how it answers. */
export class AgentSettings extends LightElement {
  static override properties = {
    agent: { attribute: false },
    usage: { attribute: false },
    written: { state: true },
    error: { state: true },
    isBusy: { state: true },
  };
  declare agent: Agent;
  /** null until it is known. */
  declare usage: AgentUsage | null;
  /** The prompt that the steps would write; null until it is known, or where the prompt is that very one. */
  declare written: string | null;
  declare error: string;
  declare isBusy: boolean;
  #unsaved = new Unsaved(this, () => this.agent.name);

  constructor() {
    super();
    this.usage = null;
    this.written = null;
    this.error = "";
    this.isBusy = false;
  }
  override willUpdate(changed: PropertyValues): void {
    if (changed.has("agent")) void this.#loadWritten();
  }
  async #loadWritten(): Promise<void> {
    const { agent } = this;
    if (!isPromptEdited(agent)) {
      this.written = null;
      return;
    }
    // Without it the form is as useful; the wizard tells of errors.
    const state = await getWizard(agent.id).catch(() => null);
    if (!state || this.agent !== agent) return;
    this.written = state.written_prompt === agent.system_prompt ? null : state.written_prompt;
  }
  #useWritten(): void {
    const control = this.querySelector<HTMLTextAreaElement>("#system_prompt")!;
    control.value = this.written!;
    this.#unsaved.isDirty = true;
    control.focus();
    toast(t("Save to keep it."));
  }
  #changesOf(form: HTMLFormElement): AgentChanges {
    const { config } = this.agent;
    const greeting = textOf(form, "greeting");
    const language = textOf(form, "language") || null;
    const starters = readStarters(form);
    const prompt = textOf(form, "system_prompt");
    const isWritten = this.written !== null && prompt === this.written.trim();
    const isKept = prompt === this.agent.system_prompt.trim();
    return {
      name: textOf(form, "name"),
      description: textOf(form, "description") || null,
      ...(isWritten || isKept ? {} : { system_prompt: prompt }),
      model: textOf(form, "model"),
      channel: textOf(form, "channel"),
      config: {
        greeting,
        starters,
        locale: language,
        limits: readDayLimits(form),
        ...readPrivacy(form),
        ...(isWritten ? { system_prompt_source: "written" } : {}),
        // The wizard opens with the same words.
        ...(config["step_1_data"] ? { step_1_data: { name: textOf(form, "name") } } : {}),
        ...(config["step_2_data"] ? { step_2_data: { greeting, language } } : {}),
        ...(config["step_3_data"] ? { step_3_data: { starters } } : {}),
      },
    };
  }
  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    this.isBusy = true;
    this.error = "";
    try {
      const agent = await updateAgent(this.agent.id, this.#changesOf(form));
      this.#unsaved.isDirty = false;
      // A written prompt may have followed the other fields.
      (form.elements.namedItem("system_prompt") as HTMLTextAreaElement).value = agent.system_prompt;
      announceAgent(this, agent);
      toast(t("Saved. New replies use it at once."));
    } catch (err) {
      this.error = showIssues(form, err);
    }
    this.isBusy = false;
  }
  async #change(work: () => Promise<Agent | null>, done: string): Promise<void> {
    try {
      const agent = await work();
      if (!agent) return;
      announceAgent(this, agent);
      toast(done);
    } catch (err) {
      toast(errorWords(err));
    }
  }
  async #delete(): Promise<void> {
    const { name } = this.agent;
    try {
      if (!(await askAndDelete(this.agent))) return;
      navigate("/agents", { replace: true });
      toast(t("“{name}” was deleted.", { name }));
    } catch (err) {
      toast(errorWords(err));
    }
  }

  override render(): TemplateResult {
    const { agent } = this;
    const { greeting, starters, locale, limits, step_2_data: voice } = agent.config as AgentConfig;
    const onChange = () => (this.#unsaved.isDirty = true);
    return html`<form class="card form" @submit=${this.#save} @input=${onChange} @change=${onChange}>
        <fieldset ?disabled=${!canEdit()}>
          <legend class="visually-hidden">${t("Settings of {name}", { name: agent.name })}</legend>
          ${formError(this.error)}
          ${field(
            { id: "name", label: t("Name") },
            html`<input
              id="name"
              name="name"
              maxlength="120"
              pattern=${NOT_BLANK}
              title=${t("A name")}
              required
              dir="auto"
              .defaultValue=${agent.name}
            />`,
          )}
          ${field(
            {
              id: "description",
              label: t("Description"),
              optional: true,
              hint: t("Visitors read it above the first message."),
            },
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
              label: t("Prompt"),
              hint: t("What the model is told before every conversation. Visitors never see it."),
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
          ${this.written === null ? nothing : this.#writtenView(this.written)}
          <div class="columns">${modelField(agent.model)} ${channelField(agent.channel)}</div>
          ${languageField(String((voice ? voice.language : locale) ?? ""))}
          ${field(
            { id: "greeting", label: t("Greeting"), optional: true, hint: t("The first words a visitor sees.") },
            html`<textarea
              id="greeting"
              name="greeting"
              rows="2"
              maxlength="500"
              dir="auto"
              aria-describedby="greeting-hint"
              .defaultValue=${typeof greeting === "string" ? greeting : ""}
            ></textarea>`,
          )}
          ${startersField(Array.isArray(starters) ? starters.map(String) : [])} ${dayLimitsFields(limits, this.usage)}
          ${privacyFields(agent.config)}
          ${
            canEdit()
              ? html`<div class="form-actions">
                  <button class="button is-primary" ?disabled=${!this.#unsaved.isDirty || this.isBusy}>
                    ${this.isBusy ? t("Saving…") : t("Save changes")}
                  </button>
                  <a class="button is-quiet" href="/admin/agents/${agent.id}/wizard/1">${t("Go through the wizard again")}</a>
                </div>`
              : html`<p class="hint">${t("Administrators can change these settings.")}</p>`
          }
        </fieldset>
      </form>
      ${canEdit() ? html`<div class="publish-column">${this.#pause(agent)} ${this.#deletion()}</div>` : nothing}`;
  }
  #writtenView(written: string): TemplateResult {
    return html`<details class="more written-prompt">
      <summary>${t("You have worded the prompt yourself. See the generated one")}</summary>
      <div class="field">
        <label for="written-prompt">${t("Generated prompt")}</label>
        <textarea id="written-prompt" class="is-prompt" rows="10" readonly dir="auto" .value=${written}></textarea>
      </div>
      ${
        canEdit()
          ? html`<div class="form-actions">
              <button type="button" class="button" @click=${this.#useWritten}>
                ${icon("spark")}<span>${t("Use the generated one")}</span>
              </button>
            </div>`
          : nothing
      }
    </details>`;
  }
  #pause(agent: Agent): TemplateResult | typeof nothing {
    if (agent.status === "draft") return nothing;
    const isLive = agent.status === "active";
    const work = isLive ? () => askAndPause(agent) : async () => (await publishAgent(agent.id)).agent;
    return html`<section class="card form danger-zone" aria-labelledby="pause-title">
      <div>
        <h2 id="pause-title">${isLive ? t("Take a break") : t("Paused")}</h2>
        <p class="muted">${t("Visitors read that it is paused. Nothing is lost.")}</p>
      </div>
      <button type="button" class="button" @click=${() => this.#change(work, isLive ? t("It is paused.") : t("It is live."))}>
        ${isLive ? t("Pause") : t("Resume")}
      </button>
    </section>`;
  }
  #deletion(): TemplateResult {
    return html`<section class="card form danger-zone" aria-labelledby="delete-title">
      <div>
        <h2 id="delete-title">${t("Delete this agent")}</h2>
        <p class="muted">${t("If it should only rest for a while, pause it instead.")}</p>
      </div>
      <button type="button" class="button is-danger" @click=${this.#delete}>
        ${icon("trash")}<span>${t("Delete agent")}</span>
      </button>
    </section>`;
  }
}
customElements.define("agent-settings", AgentSettings);
