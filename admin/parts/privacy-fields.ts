import { html, type TemplateResult } from "lit";
import { RETENTION_DAYS_DEFAULT } from "../../protocol/codes.ts";
import { t } from "../i18n/i18n.ts";
import { field, textOf } from "./field.ts";

/** How long conversations are kept, and what visitors agree to; an empty field is the default. */
export function privacyFields(config: Record<string, unknown>): TemplateResult {
  const days = config["retention_days"];
  const { text, url } = Object(config["consent"]) as Record<string, unknown>;
  return html`<details class="more">
    <summary>${t("Privacy")}</summary>
    ${field(
      {
        id: "retention_days",
        label: t("Days until conversations are deleted"),
        hint: t(
          "Counted from the last message. Messages, notes and visitors without a conversation go as well, for ever. 0 keeps everything.",
        ),
      },
      html`<input
        id="retention_days"
        name="retention_days"
        type="number"
        inputmode="numeric"
        min="0"
        max="3650"
        step="1"
        placeholder=${RETENTION_DAYS_DEFAULT}
        aria-describedby="retention_days-hint"
        .defaultValue=${typeof days === "number" ? String(days) : ""}
      />`,
    )}
    ${field(
      {
        id: "consent_text",
        label: t("What visitors agree to before they write"),
        optional: true,
        hint: t("It stands over the chat until they agree. Other words have to be agreed to anew."),
      },
      html`<textarea
        id="consent_text"
        name="consent_text"
        rows="2"
        maxlength="1000"
        dir="auto"
        aria-describedby="consent_text-hint"
        .defaultValue=${typeof text === "string" ? text : ""}
      ></textarea>`,
    )}
    ${field(
      { id: "consent_url", label: t("Address of your privacy notice"), optional: true },
      html`<input
        id="consent_url"
        name="consent_url"
        type="url"
        maxlength="2048"
        placeholder="https://"
        .defaultValue=${typeof url === "string" ? url : ""}
      />`,
    )}
  </details>`;
}

/** As `config` takes it; null gives the default back, or asks for nothing. */
export function readPrivacy(form: HTMLFormElement): {
  retention_days: number | null;
  consent: { text: string; url: string | null } | null;
} {
  const days = textOf(form, "retention_days");
  const text = textOf(form, "consent_text");
  return {
    retention_days: days === "" ? null : Number(days),
    consent: text === "" ? null : { text, url: textOf(form, "consent_url") || null },
  };
}
