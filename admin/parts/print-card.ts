import { html, render } from "lit";
import { t } from "../i18n/i18n.ts";

/** Prints a card to be put up: who, the code, the address. Nothing else of the page is on the paper. */
export function printCard({ name, url, qr }: { name: string; url: string; qr: string }): void {
  const card = document.createElement("div");
  card.className = "print-card";
  const remove = () => {
    document.body.classList.remove("is-printing-card");
    card.remove();
  };
  const print = () => {
    document.body.classList.add("is-printing-card");
    // print() may return before the paper is laid out (HTML, printing steps): the card stays until then.
    addEventListener("afterprint", remove, { once: true });
    window.print();
  };
  for (const left of document.querySelectorAll(".print-card")) left.remove();
  render(
    html`<p class="print-name" dir="auto">${name}</p>
      <img src=${qr} alt="" width="300" height="300" @load=${print} @error=${remove} />
      <p class="print-line">${t("Scan the code and write to us.")}</p>
      <p class="print-url">${url.replace(/^https?:\/\//, "")}</p>`,
    card,
  );
  document.body.append(card);
}
