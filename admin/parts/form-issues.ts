import { t } from "../i18n/i18n.ts";
import { ApiError, errorWords } from "../request.ts";

/** Shows the server's complaints at the controls they are about; returns the words for the form itself. */
export function showIssues(form: HTMLFormElement, err: unknown): string {
  if (!(err instanceof ApiError)) return errorWords(err);
  const rest: string[] = [];
  for (const { path, message } of err.issues) {
    const names = path.split(".");
    // Of "config.limits.usd_per_day" the control is called by its end, of "starters.0" by its beginning.
    const control = form.elements.namedItem(names.at(-1)!) ?? form.elements.namedItem(names[0]!);
    if (control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement || control instanceof HTMLSelectElement) {
      control.setCustomValidity(message);
      control.addEventListener("input", () => control.setCustomValidity(""), { once: true });
    } else rest.push(path ? `${path}: ${message}` : message);
  }
  if (err.issues.length > rest.length) form.reportValidity();
  return err.issues.length > 0 ? rest.join(" ") || t("Please look at the marked fields.") : errorWords(err);
}
