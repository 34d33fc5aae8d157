import { html, type TemplateResult } from "lit";
import { field } from "./field.ts";
import { CHANNEL_OPTIONS, channelName } from "./words.ts";

/** Controls that the wizard and the settings share. */

const MODELS = ["gpt-4o-mini", "gpt-4o", "gpt-4.1-mini", "gpt-4.1"];

export function modelField(value: string): TemplateResult {
  return field(
    { id: "model", label: "Model", hint: "Any model your server knows; gpt-4o-mini is quick and cheap." },
    html`<input
        id="model"
        name="model"
        list="model-names"
        maxlength="200"
        spellcheck="false"
        required
        .defaultValue=${value}
        aria-describedby="model-hint"
      />
      <datalist id="model-names">${MODELS.map((name) => html`<option value=${name}></option>`)}</datalist>`,
  );
}

export function channelField(value: string): TemplateResult {
  const options = CHANNEL_OPTIONS.some(([channel]) => channel === value)
    ? CHANNEL_OPTIONS
    : [...CHANNEL_OPTIONS, [value, channelName(value)] as const];
  return field(
    { id: "channel", label: "Main channel", hint: "The public page and the widget work with every channel." },
    html`<select id="channel" name="channel" aria-describedby="channel-hint">
      ${options.map(([channel, label]) => html`<option value=${channel} ?selected=${channel === value}>${label}</option>`)}
    </select>`,
  );
}
