import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import type { Agent } from "../../protocol/resources.ts";
import { getWizard, publishWizard, putWizardStep, startWizard, type WizardState, type WizardStepNumber } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import "../parts/chat-preview.ts";
import { showIssues } from "../parts/form-issues.ts";
import { LightElement } from "../parts/light-element.ts";
import { Loader } from "../parts/loader.ts";
import { missingStepsView } from "../parts/missing-steps.ts";
import { previewAgent, type Typed } from "../parts/preview-agent.ts";
import "../parts/prompt-editor.ts";
import { errorState, formError, skeleton } from "../parts/states.ts";
import { channelStep } from "../parts/step-channel.ts";
import { fieldsStep } from "../parts/step-fields.ts";
import { identityStep } from "../parts/step-identity.ts";
import { voiceStep } from "../parts/step-voice.ts";
import { setTitle } from "../parts/title.ts";
import { toast } from "../parts/toast.ts";
import { stepTitle } from "../parts/wizard-steps.ts";
import { ApiError, errorWords } from "../request.ts";
import { navigate } from "../router.ts";

const FORMS = { 1: identityStep, 2: voiceStep, 3: fieldsStep, 4: channelStep } as const;
const STEPS = [1, 2, 3, 4] as const;
const LAST = 4;
const TYPING_PAUSE_MS = 700;

/** From a name to a published agent in four steps, each saved as it is filled in. No agent id: the draft begins with its name. */
export class WizardPage extends LightElement {
  static override properties = {
    agentId: { attribute: "agent-id" },
    step: { type: Number },
    saving: { state: true },
    error: { state: true },
    missing: { state: true },
    isBusy: { state: true },
  };
  declare agentId: string;
  /** 0: where it was left. */
  declare step: WizardStepNumber | 0;
  declare saving: "idle" | "saving" | "saved" | "failed";
  declare error: string;
  declare missing: number[];
  declare isBusy: boolean;
  #wizard = new Loader<WizardState>(this);
  /** The agent when this step was opened; what is typed since then is in the form. */
  #opened: Agent | null = null;
  #isOpen = false;
  /** Each opening gets a form of its own. */
  #openings = 0;
  #timer = 0;
  /** Saves follow one another, so that an older answer never overwrites a newer one. */
  #queue: Promise<boolean> = Promise.resolve(true);
  /** What the server has of this step, as JSON. */
  #savedBody = "";

  constructor() {
    super();
    this.agentId = "";
    this.step = 1;
    this.saving = "idle";
    this.error = "";
    this.missing = [];
    this.isBusy = false;
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.#timer) void this.#saveTyped();
  }
  override willUpdate(changed: PropertyValues): void {
    if (changed.has("agentId") && this.agentId !== (this.#wizard.value?.wizard_id ?? "")) {
      this.#wizard.value = null;
      this.#isOpen = false;
      if (this.agentId) void this.#load();
    }
    if (changed.has("step")) this.#isOpen = false;
    if (!this.#isOpen && this.step !== 0 && (this.#wizard.value || !this.agentId)) this.#open();
    setTitle(this.step ? stepTitle(this.step) : t("Set-up"), this.#wizard.value?.agent.name ?? t("New agent"));
  }
  #open(): void {
    this.#isOpen = true;
    this.#openings++;
    this.#opened = this.#wizard.value?.agent ?? null;
    this.#savedBody = "";
    this.saving = "idle";
    this.error = "";
    this.missing = [];
    void this.updateComplete.then(() => this.#prepare());
  }
  /** The voice's suggestions are good enough to write a first prompt from, so that there is one to look at. */
  #prepare(): void {
    const form = this.#form;
    if (this.step === 2 && form && this.#wizard.value && !this.#wizard.value.steps[2] && form.checkValidity()) void this.#save();
  }
  async #load(): Promise<void> {
    await this.#wizard.run(() => getWizard(this.agentId));
    const wizard = this.#wizard.value;
    if (!wizard || this.#wizard.status !== "ready") return;
    if (this.step === 0) navigate(`/agents/${wizard.wizard_id}/wizard/${wizard.next_step ?? LAST}`, { replace: true });
  }
  override updated(): void {
    this.#showTyped();
  }
  /** The preview shows what stands in the form, whether it is saved or could be. */
  #showTyped(): void {
    const preview = this.querySelector("chat-preview");
    const form = this.#form;
    if (!preview || !form || this.step === 0) return;
    const agent = this.#wizard.value?.agent ?? null;
    preview.agent = previewAgent(agent, FORMS[this.step].read(form, agent) as Typed);
  }
  get #form(): HTMLFormElement | null {
    return this.querySelector<HTMLFormElement>("form.wizard-form");
  }

  /** Resolves to whether the step is on the server as it stands in the form. */
  #save({ isRewrite = false } = {}): Promise<boolean> {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const { step } = this;
    const form = this.#form;
    if (!form || step === 0) return Promise.resolve(true);
    const body = FORMS[step].read(form, this.#wizard.value?.agent ?? null);
    this.#queue = this.#queue.then(async () => {
      const json = JSON.stringify(body);
      if (json === this.#savedBody && !isRewrite) return true;
      this.saving = "saving";
      this.error = "";
      try {
        const id = this.#wizard.value?.wizard_id ?? (await this.#start(form));
        const { agent } = await putWizardStep(id, step, body as never);
        this.#accept(agent, step);
        if (this.step === step) this.#savedBody = json;
        this.saving = "saved";
        return true;
      } catch (err) {
        this.saving = "failed";
        this.error = showIssues(form, err);
        return false;
      }
    });
    return this.#queue;
  }
  async #start(form: HTMLFormElement): Promise<string> {
    const { name } = identityStep.read(form, null);
    const { wizard_id: id, agent } = await startWizard({ name });
    this.#wizard.set({
      wizard_id: id,
      agent,
      steps: { 1: false, 2: false, 3: false, 4: false },
      next_step: 1,
      written_prompt: agent.system_prompt,
    });
    this.agentId = id;
    // Only the address: going there would open the step anew under the writer's hands.
    history.replaceState(null, "", `/admin/agents/${id}/wizard/1`);
    return id;
  }
  #accept(agent: Agent, step: WizardStepNumber): void {
    const steps = { ...this.#wizard.value!.steps, [step]: true };
    const next_step = STEPS.find((n) => !steps[n]) ?? null;
    this.#wizard.set({ ...this.#wizard.value!, agent, steps, next_step });
    const editor = this.querySelector("prompt-editor");
    if (editor && !editor.isEdited) editor.prompt = agent.system_prompt;
  }
  /** While typing, only what is complete is saved, and nothing is complained about. */
  async #saveTyped(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (this.#form?.checkValidity()) await this.#save();
  }
  #typed(): void {
    this.#showTyped();
    clearTimeout(this.#timer);
    // A name is worth a draft when it is finished, not after its first letters.
    if (this.#wizard.value) this.#timer = window.setTimeout(() => void this.#saveTyped(), TYPING_PAUSE_MS);
  }
  async #continue(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.isBusy) return;
    this.isBusy = true;
    const { step } = this;
    if (await this.#save()) {
      if (step < LAST) navigate(`/agents/${this.#wizard.value!.wizard_id}/wizard/${step + 1}`);
      else await this.#publish();
    }
    this.isBusy = false;
  }
  async #publish(): Promise<void> {
    const wizard = this.#wizard.value!;
    this.missing = [1, 2].filter((n) => !wizard.steps[n as 1]);
    if (this.missing.length > 0) return;
    try {
      const { agent } = await publishWizard(wizard.wizard_id);
      navigate(`/agents/${agent.id}/publish`);
      toast(t("“{name}” is live.", { name: agent.name }));
    } catch (err) {
      this.missing = err instanceof ApiError ? err.missingSteps : [];
      if (this.missing.length === 0) this.error = errorWords(err);
    }
  }

  override render(): TemplateResult {
    const { status, error, value } = this.#wizard;
    if (this.agentId && status === "error") {
      return html`<h1 class="visually-hidden">${t("Set-up")}</h1>
        ${errorState(error, () => void this.#load())}`;
    }
    if (this.step === 0 || (this.agentId && !value)) {
      return html`<h1 class="visually-hidden">${t("Set-up")}</h1>
        ${skeleton(4, t("Loading the draft"))}`;
    }
    const agent = value?.agent ?? null;
    return html`<nav class="crumbs" aria-label=${t("Breadcrumb")}><a href="/admin/agents">${t("Agents")}</a></nav>
      <header class="page-head">
        <h1 dir="auto">${agent?.name ?? t("New agent")}</h1>
        ${this.#saveState()}
      </header>
      ${this.#stepper(this.step)}
      <div class="wizard">
        ${keyed(this.#openings, this.#stepForm(this.step))}
        <chat-preview agent-id=${value?.wizard_id ?? ""}></chat-preview>
      </div>`;
  }
  #saveState(): TemplateResult {
    const words = { idle: "", saving: t("Saving…"), saved: t("Saved"), failed: t("Not saved") }[this.saving];
    return html`<p class="save-state is-${this.saving}" role="status">${words}</p>`;
  }
  #stepper(current: WizardStepNumber): TemplateResult {
    const steps = this.#wizard.value?.steps;
    return html`<nav aria-label=${t("Steps")}>
      <ol class="stepper">
        ${STEPS.map((n) => {
          const isDone = steps?.[n] ?? false;
          const label = html`<span class="step-number">${n}</span
            ><span class="step-title">${stepTitle(n)}</span>
            ${isDone ? html`<span class="visually-hidden">, ${t("done")}</span>` : nothing}`;
          return html`<li class=${isDone ? "is-done" : ""}>
            ${
              this.#wizard.value
                ? html`<a
                    href="/admin/agents/${this.agentId}/wizard/${n}"
                    aria-current=${n === current ? "step" : nothing}
                    @click=${() => void this.#saveTyped()}
                    >${label}</a
                  >`
                : html`<span aria-current=${n === current ? "step" : nothing}>${label}</span>`
            }
          </li>`;
        })}
      </ol>
    </nav>`;
  }
  #stepForm(step: WizardStepNumber): TemplateResult {
    const { intro } = FORMS[step];
    const isLive = this.#wizard.value?.agent.status === "active";
    const goOn = step < LAST ? t("Continue") : isLive ? t("Save and publish again") : t("Publish");
    return html`<form
      class="card form wizard-form"
      @submit=${this.#continue}
      @input=${this.#typed}
      @change=${() => (this.#showTyped(), void this.#saveTyped())}
      @prompt-rewrite=${() => void this.#save({ isRewrite: true })}
    >
      <div>
        <h2>${stepTitle(step)}</h2>
        <p class="muted">${intro()}</p>
      </div>
      ${formError(this.error)} ${FORMS[step].render(this.#opened)}
      ${this.missing.length > 0 ? missingStepsView(this.agentId, this.missing) : nothing}
      <div class="form-actions is-spread">
        ${step > 1 ? html`<a class="button" href="/admin/agents/${this.agentId}/wizard/${step - 1}">${t("Back")}</a>` : html`<span></span>`}
        <button class="button is-primary" aria-busy=${this.isBusy ? "true" : nothing}>${goOn}</button>
      </div>
    </form>`;
  }
}
customElements.define("wizard-page", WizardPage);
