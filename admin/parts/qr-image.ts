import { html, nothing, type TemplateResult } from "lit";
import { getQrPng, getQrSvg } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { errorWords } from "../request.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { printCard } from "./print-card.ts";
import { toast } from "./toast.ts";

/** Pixels: sharp at 10 cm and 300 dpi. */
const PNG_SIZE = 1024;

/** The QR code of a published agent, shown and to be downloaded. The address needs a token, hence blobs. */
export class QrImage extends LightElement {
  static override properties = {
    agentId: { attribute: "agent-id" },
    name: {},
    slug: {},
    url: {},
    source: { state: true },
    error: { state: true },
  };
  declare agentId: string;
  declare name: string;
  declare slug: string;
  /** What stands on the printed card. */
  declare url: string;
  declare source: string;
  declare error: string;

  constructor() {
    super();
    this.agentId = "";
    this.name = "";
    this.slug = "";
    this.url = "";
    this.source = "";
    this.error = "";
  }
  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.source) URL.revokeObjectURL(this.source);
    this.source = "";
  }
  async #load(): Promise<void> {
    this.error = "";
    try {
      this.source = URL.createObjectURL(await getQrSvg(this.agentId));
    } catch (err) {
      this.error = errorWords(err);
    }
  }
  async #download(kind: "svg" | "png"): Promise<void> {
    try {
      const blob = kind === "svg" ? await getQrSvg(this.agentId) : await getQrPng(this.agentId, PNG_SIZE);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `${this.slug}-qr.${kind}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch (err) {
      toast(errorWords(err));
    }
  }
  #print(): void {
    printCard({ name: this.name, url: this.url, qr: this.source });
  }
  override render(): TemplateResult {
    return html`<div class="qr">
      <div class="qr-frame">
        ${this.source ? html`<img src=${this.source} alt=${t("QR code that opens the page of {name}", { name: this.name })} width="208" height="208" />` : nothing}
        ${
          this.error
            ? html`<p class="hint" role="alert">${this.error}</p>
                <button type="button" class="button" @click=${this.#load}>${t("Try again")}</button>`
            : nothing
        }
      </div>
      <div class="qr-actions">
        <button type="button" class="button" @click=${() => this.#download("svg")}>
          ${icon("download")}<span>${t("SVG for print")}</span>
        </button>
        <button type="button" class="button" @click=${() => this.#download("png")}>
          ${icon("download")}<span>${t("PNG for screens")}</span>
        </button>
        <button type="button" class="button" ?disabled=${!this.source} @click=${this.#print}>
          ${icon("print")}<span>${t("Print a card")}</span>
        </button>
        <p class="hint">
          ${t("Print it at least 3 cm wide with a white margin around it, and scan it once before you hang it up.")}
        </p>
      </div>
    </div>`;
  }
}
customElements.define("qr-image", QrImage);
