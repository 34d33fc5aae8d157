import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { repeat } from "lit/directives/repeat.js";
import type { Page, SubAgent } from "../../protocol/resources.ts";
import { deleteSubAgent, listSubAgents, updateSubAgent } from "../api.ts";
import { plural, t } from "../i18n/i18n.ts";
import { confirmAction } from "../parts/confirm.ts";
import { icon } from "../parts/icons.ts";
import { LightElement } from "../parts/light-element.ts";
import { Loader } from "../parts/loader.ts";
import "../parts/route-test.ts";
import { emptyState, errorState, skeleton } from "../parts/states.ts";
import "../parts/sub-agent-dialog.ts";
import { findOverlaps } from "../parts/topic-overlap.ts";
import { toast } from "../parts/toast.ts";
import { errorWords } from "../request.ts";
import { canEdit } from "../session.ts";

const OVERLAPS_SHOWN = 5;

/** The specialists of an agent: who answers what. */
export class AgentSubAgents extends LightElement {
  static override properties = { agentId: { attribute: "agent-id" } };
  declare agentId: string;
  #subAgents = new Loader<Page<SubAgent>>(this);

  override willUpdate(changed: PropertyValues): void {
    if (changed.has("agentId")) void this.#load();
  }
  #load(): Promise<void> {
    return this.#subAgents.run(() => listSubAgents(this.agentId));
  }
  async #loadMore(): Promise<void> {
    const shown = this.#subAgents.value;
    if (!shown?.next_cursor) return;
    try {
      const more = await listSubAgents(this.agentId, shown.next_cursor);
      this.#subAgents.set({ ...more, data: [...shown.data, ...more.data] });
    } catch (err) {
      toast(errorWords(err));
    }
  }
  #edit(subAgent: SubAgent | null): void {
    void this.querySelector("sub-agent-dialog")?.open(subAgent);
  }
  #replace(saved: SubAgent): void {
    const shown = this.#subAgents.value ?? { data: [], next_cursor: null };
    const isKnown = shown.data.some(({ id }) => id === saved.id);
    const data = isKnown ? shown.data.map((other) => (other.id === saved.id ? saved : other)) : [saved, ...shown.data];
    this.#subAgents.set({ ...shown, data });
  }
  async #switch(subAgent: SubAgent, event: Event): Promise<void> {
    const isActive = (event.target as HTMLInputElement).checked;
    this.#replace({ ...subAgent, is_active: isActive });
    try {
      this.#replace(await updateSubAgent(this.agentId, subAgent.id, { is_active: isActive }));
    } catch (err) {
      this.#replace(subAgent);
      toast(errorWords(err));
    }
  }
  async #delete(subAgent: SubAgent): Promise<void> {
    const isSure = await confirmAction({
      title: t("Delete “{name}”?", { name: subAgent.name }),
      text: t("The main agent answers on its topics from now on. This cannot be undone."),
      action: t("Delete sub-agent"),
      isDangerous: true,
    });
    if (!isSure) return;
    try {
      await deleteSubAgent(this.agentId, subAgent.id);
      const shown = this.#subAgents.value!;
      this.#subAgents.set({ ...shown, data: shown.data.filter(({ id }) => id !== subAgent.id) });
      toast(t("“{name}” was deleted.", { name: subAgent.name }));
    } catch (err) {
      toast(errorWords(err));
    }
  }

  override render(): TemplateResult {
    const add = canEdit()
      ? html`<button type="button" class="button is-primary" @click=${() => this.#edit(null)}>
          ${icon("plus")}<span>${t("New sub-agent")}</span>
        </button>`
      : nothing;
    return html`<div class="section-head">
        <p class="muted">${t("Specialists answer messages on their topics; the main agent answers everything else.")}</p>
        ${this.#subAgents.value?.data.length ? add : nothing}
      </div>
      ${this.#body(add)}
      <sub-agent-dialog
        agent-id=${this.agentId}
        @sub-agent-saved=${(event: CustomEvent<SubAgent>) => {
          this.#replace(event.detail);
          toast(t("Saved. New replies use it at once."));
        }}
      ></sub-agent-dialog>`;
  }
  #body(add: TemplateResult | typeof nothing): TemplateResult {
    const { status, value, error } = this.#subAgents;
    if (status === "error") return errorState(error, () => void this.#load());
    if (!value) return skeleton(3, t("Loading sub-agents"));
    if (value.data.length === 0) {
      return emptyState(
        t("No specialists yet"),
        t("Give a topic like prices or delivery its own prompt, and messages about it find their way there."),
        add,
      );
    }
    return html`${this.#overlaps(value.data)}
      <ul class="card list" aria-label=${t("Sub-agents")}>
        ${repeat(
          value.data,
          (subAgent) => subAgent.id,
          (subAgent) => this.#row(subAgent),
        )}
      </ul>
      ${
        value.next_cursor
          ? html`<button type="button" class="button is-more" @click=${this.#loadMore}>${t("Load more")}</button>`
          : nothing
      }
      <route-test agent-id=${this.agentId}></route-test>`;
  }
  #overlaps(specialists: readonly SubAgent[]): TemplateResult | typeof nothing {
    const overlaps = findOverlaps(specialists);
    if (overlaps.length === 0) return nothing;
    const rest = overlaps.length - OVERLAPS_SHOWN;
    return html`<div class="notice overlaps" role="status">
      <p>${t("Some messages could be for more than one specialist:")}</p>
      <ul>
        ${overlaps
          .slice(0, OVERLAPS_SHOWN)
          .map(
            ({ name, topic, otherName, otherTopic, isSame }) =>
              html`<li>
                ${
                  isSame
                    ? t("{name} and {otherName} both have the topic “{topic}”.", { name, otherName, topic })
                    : t("“{topic}” of {name} is part of “{otherTopic}” of {otherName}.", { name, topic, otherName, otherTopic })
                }
              </li>`,
          )}
        ${rest > 0 ? html`<li>${plural(rest, "and {count} more", "and {count} more")}</li>` : nothing}
      </ul>
    </div>`;
  }
  #row(subAgent: SubAgent): TemplateResult {
    return html`<li class="row is-static">
      <div class="row-main">
        <h2 class="row-title" dir="auto">${subAgent.name}</h2>
        ${subAgent.description ? html`<p class="row-text"><bdi>${subAgent.description}</bdi></p>` : nothing}
        <ul class="chips" aria-label=${t("Topics")}>
          ${subAgent.topics.map((topic) => html`<li class="chip is-set" dir="auto">${topic}</li>`)}
        </ul>
      </div>
      <div class="row-actions">
        <label class="switch">
          <input
            type="checkbox"
            role="switch"
            .checked=${live(subAgent.is_active)}
            ?disabled=${!canEdit()}
            @change=${(event: Event) => this.#switch(subAgent, event)}
          />
          <span aria-hidden="true">${subAgent.is_active ? t("Active") : t("Off")}</span>
          <span class="visually-hidden">${t("{name} is active", { name: subAgent.name })}</span>
        </label>
        ${
          canEdit()
            ? html`<button
                  type="button"
                  class="button is-quiet is-icon"
                  aria-label=${t("Edit {name}", { name: subAgent.name })}
                  @click=${() => this.#edit(subAgent)}
                >
                  ${icon("edit")}
                </button>
                <button
                  type="button"
                  class="button is-quiet is-icon"
                  aria-label=${t("Delete {name}", { name: subAgent.name })}
                  @click=${() => this.#delete(subAgent)}
                >
                  ${icon("trash")}
                </button>`
            : nothing
        }
      </div>
    </li>`;
  }
}
customElements.define("agent-sub-agents", AgentSubAgents);
