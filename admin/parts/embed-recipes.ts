import { html, type TemplateResult } from "lit";
import { lookOf, RECIPES } from "../../protocol/embed-recipes.ts";
import type { Agent } from "../../protocol/resources.ts";
import { t } from "../i18n/i18n.ts";
import "./copy-button.ts";
import { field } from "./field.ts";
import { LightElement } from "./light-element.ts";

type Recipe = keyof typeof RECIPES;

/** The tag for other places than a plain page, each as the documentation has it. */
export class EmbedRecipes extends LightElement {
  static override properties = { agent: { attribute: false }, origin: {}, chosen: { state: true } };
  declare agent: Pick<Agent, "slug" | "config">;
  declare origin: string;
  declare chosen: Recipe;

  constructor() {
    super();
    this.chosen = "inline";
  }
  override render(): TemplateResult {
    const places: Partial<Record<Recipe, string>> = {
      inline: t("Inside the page, without a button"),
      iframe: t("In a frame"),
      wordpress: "WordPress",
      shopify: "Shopify",
      tagManager: "Google Tag Manager",
      react: "React",
      vue: "Vue",
      astro: "Astro",
    };
    const code = RECIPES[this.chosen]({
      origin: this.origin,
      agent: this.agent.slug,
      ...lookOf(this.agent.config["appearance"]),
    });
    return html`<details class="more recipes">
      <summary>${t("Other ways to embed it")}</summary>
      ${field(
        { id: "recipe", label: t("Where does it go?") },
        html`<select id="recipe" @change=${(event: Event) => (this.chosen = (event.target as HTMLSelectElement).value as Recipe)}>
          ${Object.entries(places).map(
            ([place, label]) => html`<option value=${place} ?selected=${place === this.chosen}>${label}</option>`,
          )}
        </select>`,
      )}
      <div class="copy-line">
        <code tabindex="0" aria-label=${t("Code to embed")} dir="ltr">${code}</code>
        <copy-button .text=${code} .label=${t("Copy code")}></copy-button>
      </div>
    </details>`;
  }
}
customElements.define("embed-recipes", EmbedRecipes);
