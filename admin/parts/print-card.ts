import { html, render } from "lit";
import { t } from "../i18n/i18n.ts";

/** Prints a card to be put up: who, the code, the address. Nothing else of the page is on the paper. */
export function printCard({ name, url, qr }: { name: string; url: string; qr: string }): void {
  const card = document.createElement("div");
  card.className = "print-card";
  const print = () => {
    document.body.classList.add("is-printing-card");
    window.print();
    document.body.classList.remove("is-printing-card");
    card.remove();
  };
  render(
    html`<p class="print-name" dir="auto">${name}</p>
      <img src=${qr} alt="" width="300" height="300" @load=${print} @error=${() => card.remove()} />
      <p class="print-line">${t("Scan the code and write to us.")}</p>
      <p class="print-url">${url.replace(/^https?:\/\//, "")}</p>`,
    card,
  );
  document.body.append(card);
}
