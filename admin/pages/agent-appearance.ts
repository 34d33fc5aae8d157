import { html, nothing, type TemplateResult } from "lit";
import { ACCENT_DEFAULT, contrast, parseColor, textOn } from "../../protocol/colors.ts";
import type { Agent } from "../../protocol/resources.ts";
import { setPicture, updateAgent, type AgentChanges } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { announceAgent } from "../parts/agent-change.ts";
import "../parts/chat-preview.ts";
import { field, textOf } from "../parts/field.ts";
import { showIssues } from "../parts/form-issues.ts";
import { LightElement } from "../parts/light-element.ts";
import { previewAgent } from "../parts/preview-agent.ts";
import { smallPicture } from "../parts/small-picture.ts";
import { formError } from "../parts/states.ts";
import { toast } from "../parts/toast.ts";
import { Unsaved } from "../parts/unsaved.ts";
import { errorWords } from "../request.ts";
import { canEdit } from "../session.ts";

type Appearance = NonNullable<NonNullable<AgentChanges["config"]>["appearance"]>;

// WCAG 2.2: text, and what has to be seen to be used.
const TEXT_CONTRAST_MIN = 4.5;
const SHAPE_CONTRAST_MIN = 3;

/** How the chat looks. Beside the form stands the real chat, with what is not saved yet. */
export class AgentAppearance extends LightElement {
  static override properties = {
    agent: { attribute: false },
    color: { state: true },
    theme: { state: true },
    avatarUrl: { state: true },
    error: { state: true },
    isBusy: { state: true },
  };
  declare agent: Agent;
  /** As typed; what is no colour counts as none. */
  declare color: string;
  declare theme: string;
  declare avatarUrl: string;
  declare error: string;
  declare isBusy: boolean;
  #unsaved = new Unsaved(this, () => this.agent.name);

  constructor() {
    super();
    this.error = "";
    this.isBusy = false;
  }
  get #kept(): Appearance {
    return (this.agent.config["appearance"] ?? {}) as Appearance;
  }
  override connectedCallback(): void {
    super.connectedCallback();
    this.color = this.#kept.color ?? "";
    this.theme = this.#kept.theme ?? "auto";
    this.avatarUrl = this.#kept.avatar_url ?? "";
  }
  override updated(): void {
    // By property: the panel's policy refuses style attributes.
    const sample = this.querySelector<HTMLElement>(".contrast-sample");
    const color = hexOf(this.color);
    if (sample) Object.assign(sample.style, { background: color, color: textOn(parseColor(color)!) });
  }
  #input(event: Event): void {
    const form = event.currentTarget as HTMLFormElement;
    this.#unsaved.isDirty = true;
    if ((event.target as HTMLInputElement).name === "picker") {
      const text = form.elements.namedItem("color") as HTMLInputElement;
      text.value = (event.target as HTMLInputElement).value;
    }
    this.color = textOf(form, "color");
    this.theme = textOf(form, "theme");
    const picture = form.elements.namedItem("avatar_url") as HTMLInputElement;
    this.avatarUrl = picture.checkValidity() ? picture.value.trim() : "";
  }
  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const appearance = {
      color: textOf(form, "color") || null,
      theme: textOf(form, "theme") as NonNullable<Appearance["theme"]>,
      position: textOf(form, "position") as NonNullable<Appearance["position"]>,
      avatar_url: textOf(form, "avatar_url") || null,
    };
    this.isBusy = true;
    this.error = "";
    try {
      const agent = await updateAgent(this.agent.id, { config: { appearance } });
      this.#unsaved.isDirty = false;
      announceAgent(this, agent);
      toast(t("Saved. Pages show it within a minute."));
    } catch (err) {
      this.error = showIssues(form, err);
    }
    this.isBusy = false;
  }

  async #upload(event: Event): Promise<void> {
    const chooser = event.target as HTMLInputElement;
    const file = chooser.files?.[0];
    if (!file) return;
    this.isBusy = true;
    this.error = "";
    try {
      const data = await smallPicture(file).catch(() => null);
      if (data === null) this.error = t("This file is no picture that your browser can read.");
      else {
        const agent = await setPicture(this.agent.id, data);
        this.avatarUrl = (agent.config["appearance"] as Appearance).avatar_url ?? "";
        (chooser.form!.elements.namedItem("avatar_url") as HTMLInputElement).value = this.avatarUrl;
        announceAgent(this, agent);
        toast(t("Saved. Pages show it within a minute."));
      }
    } catch (err) {
      this.error = errorWords(err);
    }
    chooser.value = "";
    this.isBusy = false;
  }

  override render(): TemplateResult {
    return html`<div class="appearance">${this.#form()} ${this.#preview()}</div>`;
  }
  #form(): TemplateResult {
    const { theme = "auto", position = "bottom-right", avatar_url: avatarUrl = "" } = this.#kept;
    const themes = { auto: t("As the visitor's device"), light: t("Light"), dark: t("Dark") };
    const positions = { "bottom-right": t("Bottom right"), "bottom-left": t("Bottom left") };
    return html`<form class="card form" @submit=${this.#save} @input=${this.#input}>
      <fieldset ?disabled=${!canEdit()}>
        <legend class="visually-hidden">${t("Appearance of {name}", { name: this.agent.name })}</legend>
        ${formError(this.error)}
        <div class="field">
          <label for="color">${t("Colour")} <span class="optional">${t("optional")}</span></label>
          <div class="color-line">
            <input
              type="color"
              name="picker"
              aria-label=${t("Pick a colour")}
              .value=${parseColor(this.color) && this.color.length === 7 ? this.color : ACCENT_DEFAULT}
            />
            <input
              id="color"
              name="color"
              pattern="#[0-9a-fA-F]{6}"
              title=${t("A colour such as #2563eb")}
              placeholder=${ACCENT_DEFAULT}
              maxlength="7"
              spellcheck="false"
              autocomplete="off"
              dir="ltr"
              aria-describedby="color-hint color-contrast"
              .defaultValue=${this.#kept.color ?? ""}
            />
          </div>
          <p class="hint" id="color-hint">
            ${t("Of the button, the header and the visitor's messages. Empty: {color}.", { color: ACCENT_DEFAULT })}
          </p>
          ${this.#contrast()}
        </div>
        <div class="columns">
          ${field(
            { id: "theme", label: t("Theme") },
            html`<select id="theme" name="theme">
              ${Object.entries(themes).map(([value, label]) => html`<option value=${value} ?selected=${value === theme}>${label}</option>`)}
            </select>`,
          )}
          ${field(
            {
              id: "position",
              label: t("Corner"),
              hint: t("Of the chat button. It stands in the tag: paste it again after a change."),
            },
            html`<select id="position" name="position" aria-describedby="position-hint">
              ${Object.entries(positions).map(
                ([value, label]) => html`<option value=${value} ?selected=${value === position}>${label}</option>`,
              )}
            </select>`,
          )}
        </div>
        ${field(
          {
            id: "avatar_url",
            label: t("Address of a picture"),
            optional: true,
            hint: t("Square, at least 96 pixels wide. Without one its initials are shown."),
          },
          html`<input
            id="avatar_url"
            name="avatar_url"
            type="url"
            maxlength="2048"
            pattern="https?://.*"
            placeholder="https://www.shop.example/logo.png"
            dir="ltr"
            aria-describedby="avatar_url-hint"
            .defaultValue=${avatarUrl ?? ""}
          />`,
        )}
        ${
          canEdit()
            ? field(
                {
                  id: "picture",
                  label: t("Or upload one"),
                  optional: true,
                  hint: t("It is cut to a square, made small and saved at once."),
                },
                html`<input
                  id="picture"
                  type="file"
                  accept="image/*"
                  aria-describedby="picture-hint"
                  ?disabled=${this.isBusy}
                  @input=${(event: Event) => event.stopPropagation()}
                  @change=${this.#upload}
                />`,
              )
            : nothing
        }
        <p class="hint">
          ${t("Websites that carry the tag keep the colour which stands in it; its own page always has the one set here.")}
        </p>
        ${
          canEdit()
            ? html`<div class="form-actions">
                <button class="button is-primary" ?disabled=${!this.#unsaved.isDirty || this.isBusy}>
                  ${this.isBusy ? t("Saving…") : t("Save changes")}
                </button>
              </div>`
            : html`<p class="hint">${t("Administrators can change these settings.")}</p>`
        }
      </fieldset>
    </form>`;
  }
  #contrast(): TemplateResult {
    const color = parseColor(this.color) ?? parseColor(ACCENT_DEFAULT)!;
    const text = textOn(color);
    const ratio = (value: number) => `${(Math.floor(value * 10) / 10).toFixed(1)} : 1`;
    const ofText = contrast(color, parseColor(text)!);
    const faint = [
      contrast(color, [255, 255, 255]) < SHAPE_CONTRAST_MIN ? t("light") : "",
      contrast(color, [18, 20, 24]) < SHAPE_CONTRAST_MIN ? t("dark") : "",
    ].filter(Boolean);
    return html`<div id="color-contrast" class="contrast" role="status">
      <p>
        <span class="contrast-sample" aria-hidden="true">Aa</span>
        ${text === "#ffffff" ? t("White text on it:") : t("Black text on it:")} <strong>${ratio(ofText)}</strong>
        <span class="hint">${t("{min} : 1 is the least for text", { min: TEXT_CONTRAST_MIN })}</span>
      </p>
      ${
        faint.length > 0
          ? html`<p class="contrast-warning">
              ${t("The button is hard to see on {kind} pages: {ratio} where {min} : 1 is the least.", {
                kind: faint.join(", "),
                ratio: ratio(Math.min(contrast(color, [255, 255, 255]), contrast(color, [18, 20, 24]))),
                min: SHAPE_CONTRAST_MIN,
              })}
            </p>`
          : nothing
      }
    </div>`;
  }
  #preview(): TemplateResult {
    const appearance = {
      color: hexOf(this.color),
      theme: this.theme as NonNullable<Appearance["theme"]>,
      ...(this.avatarUrl ? { avatar_url: this.avatarUrl } : {}),
    };
    return html`<chat-preview agent-id=${this.agent.id} .agent=${previewAgent(this.agent, { appearance })}></chat-preview>`;
  }
}
customElements.define("agent-appearance", AgentAppearance);

const hexOf = (color: string): string => (parseColor(color) ? color : ACCENT_DEFAULT);
