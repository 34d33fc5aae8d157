import { html, nothing, type TemplateResult } from "lit";
import type { Agent } from "../../protocol/resources.ts";
import { updateAgent } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { ApiError, errorWords } from "../request.ts";
import { canEdit } from "../session.ts";
import { announceAgent } from "./agent-change.ts";
import { field } from "./field.ts";
import { LightElement } from "./light-element.ts";
import { formError } from "./states.ts";
import { toast } from "./toast.ts";

/** On which websites the chat may be used: one a line, and the server's words about lines it does not take. */
export class AllowedWebsites extends LightElement {
  static override properties = { agent: { attribute: false }, error: { state: true }, isBusy: { state: true } };
  declare agent: Agent;
  declare error: string;
  declare isBusy: boolean;

  constructor() {
    super();
    this.error = "";
    this.isBusy = false;
  }
  get #kept(): string {
    const list = this.agent.config["allowed_origins"];
    return Array.isArray(list) ? list.join("\n") : "";
  }
  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const control = (event.currentTarget as HTMLFormElement).elements.namedItem("websites") as HTMLTextAreaElement;
    const lines = control.value.split(/[\s,;]+/).filter((line) => line !== "");
    this.isBusy = true;
    this.error = "";
    try {
      const agent = await updateAgent(this.agent.id, { config: { allowed_origins: lines } });
      announceAgent(this, agent);
      // As the server keeps them, also where nothing but the spelling changed.
      this.agent = agent;
      control.value = this.#kept;
      toast(lines.length > 0 ? t("Saved. The chat works on these websites.") : t("Saved. The chat works on every website."));
    } catch (err) {
      this.error = refusalWords(err, lines);
      control.focus();
    }
    this.isBusy = false;
  }
  override render(): TemplateResult {
    return html`<form class="card form" aria-labelledby="websites-title" @submit=${this.#save}>
      <h2 id="websites-title">${t("Allowed websites")}</h2>
      <p class="muted">
        ${t("While this is empty, the chat works on every website. Its own page always works, and visitors read why where it does not.")}
      </p>
      ${formError(this.error)}
      ${field(
        {
          id: "websites",
          label: t("One address a line"),
          hint: t("https://shop.example is that website alone; https://*.shop.example is everything below it."),
        },
        html`<textarea
          id="websites"
          name="websites"
          rows="3"
          spellcheck="false"
          autocapitalize="off"
          dir="ltr"
          aria-describedby="websites-hint"
          placeholder="https://www.shop.example"
          ?disabled=${!canEdit()}
          .value=${this.#kept}
        ></textarea>`,
      )}
      ${
        canEdit()
          ? html`<div class="form-actions">
              <button class="button" ?disabled=${this.isBusy}>${this.isBusy ? t("Saving…") : t("Save websites")}</button>
            </div>`
          : nothing
      }
    </form>`;
  }
}
customElements.define("allowed-websites", AllowedWebsites);

/** Each line that was refused, and why. */
function refusalWords(err: unknown, lines: readonly string[]): string {
  if (!(err instanceof ApiError) || err.issues.length === 0) return errorWords(err);
  return err.issues
    .map(({ path, message }) => {
      const line = lines[Number(/^config\.allowed_origins\.(\d+)$/.exec(path)?.[1] ?? NaN)];
      return line === undefined ? message : t("“{line}” is no website. {why}", { line, why: message });
    })
    .join(" ");
}
