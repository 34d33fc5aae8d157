import { html, type TemplateResult } from "lit";
import { RETENTION_DAYS_DEFAULT } from "../../protocol/codes.ts";
import { t } from "../i18n/i18n.ts";
import { field, textOf } from "./field.ts";

/** How long conversations are kept; an empty field is the default. */
export function privacyFields(config: Record<string, unknown>): TemplateResult {
  const days = config["retention_days"];
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
  </details>`;
}

/** As `config` takes it; null gives the default back. */
export function readPrivacy(form: HTMLFormElement): { retention_days: number | null } {
  const days = textOf(form, "retention_days");
  return { retention_days: days === "" ? null : Number(days) };
}
