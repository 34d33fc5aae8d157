import { html, type PropertyValues, type TemplateResult } from "lit";
import type { AgentInstall, Page } from "../../protocol/resources.ts";
import { listInstalls } from "../api.ts";
import { plural, t } from "../i18n/i18n.ts";
import { LightElement } from "./light-element.ts";
import { Loader } from "./loader.ts";
import { errorState, skeleton } from "./states.ts";
import { fullTime, timeAgo } from "./words.ts";

/** On which websites the chat was seen. Nothing is fetched from them: their visitors' browsers have told. */
export class AgentInstalls extends LightElement {
  static override properties = { agentId: { attribute: "agent-id" } };
  declare agentId: string;
  #installs = new Loader<Page<AgentInstall>>(this);

  override willUpdate(changed: PropertyValues): void {
    if (changed.has("agentId")) void this.#load();
  }
  #load(): Promise<void> {
    return this.#installs.run(() => listInstalls(this.agentId));
  }

  override render(): TemplateResult {
    return html`<section class="card form" aria-labelledby="installs-title">
      <h2 id="installs-title">${t("Is it installed?")}</h2>
      <p class="muted">${t("Where visitors have opened the chat. Its own page does not count.")}</p>
      ${this.#body()}
      <div class="form-actions">
        <button type="button" class="button" ?disabled=${this.#installs.status === "loading"} @click=${this.#load}>
          ${this.#installs.status === "loading" ? t("Looking…") : t("Look again")}
        </button>
      </div>
    </section>`;
  }
  #body(): TemplateResult {
    const { status, value, error } = this.#installs;
    if (status === "error") return errorState(error, () => void this.#load());
    if (!value) return skeleton(1, t("Loading"));
    if (value.data.length === 0) {
      return html`<p class="notice" role="status">
        ${t("Not seen on any website yet. Paste the tag, open your website, click the chat button and look again.")}
      </p>`;
    }
    return html`<ul class="installs" aria-label=${t("Websites")}>
      ${value.data.map(
        (one) =>
          html`<li>
            <p class="install-origin" dir="ltr">${one.origin}</p>
            <p class="hint">
              <time datetime=${one.last_seen_at} title=${fullTime(one.last_seen_at)}
                >${t("Last seen {time}", { time: timeAgo(one.last_seen_at) })}</time
              >
              · ${one.widget_version ? t("widget {version}", { version: one.widget_version }) : t("widget of an unknown version")}
              · ${plural(one.sessions, "at least {count} conversation", "at least {count} conversations")}
            </p>
          </li>`,
      )}
    </ul>`;
  }
}
customElements.define("agent-installs", AgentInstalls);
