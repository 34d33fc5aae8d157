import { html, nothing, type TemplateResult } from "lit";
import { checkServer, onServerBack } from "./connection.ts";
import { t } from "./i18n/i18n.ts";
import "./pages/sign-in.ts";
import { confirmAction } from "./parts/confirm.ts";
import "./parts/connection-banner.ts";
import { icon, logo } from "./parts/icons.ts";
import { languageChoice } from "./parts/language-choice.ts";
import { LightElement } from "./parts/light-element.ts";
import "./parts/password-dialog.ts";
import { emptyState, errorState, skeleton } from "./parts/states.ts";
import { setTitle } from "./parts/title.ts";
import { toast } from "./parts/toast.ts";
import "./parts/waiting-badge.ts";
import { matchRoute, startRouter, type Route } from "./router.ts";
import { routes } from "./routes.ts";
import { canEdit, onSessionChange, openSession, sessionState, signOut, signOutEverywhere } from "./session.ts";

/** The shell: who is signed in, where we are, the page for it. */
export class RenusAdmin extends LightElement {
  static override properties = { loaded: { state: true }, loadError: { state: true } };
  /** The route whose chunk is there. */
  declare loaded: Route["load"] | null;
  declare loadError: boolean;
  #stop: (() => void)[] = [];

  constructor() {
    super();
    this.loaded = null;
    this.loadError = false;
  }
  override connectedCallback(): void {
    super.connectedCallback();
    this.#stop = [
      onSessionChange(() => this.#onSession()),
      startRouter((isSamePage) => this.#onAddress(isSamePage)),
      onServerBack(() => this.#onServerBack()),
    ];
    void openSession();
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.#stop) stop();
  }
  #onSession(): void {
    this.requestUpdate();
    const session = sessionState();
    if (session.status === "signed-out") setTitle(t("Sign in"));
    if (session.status !== "signed-in") return;
    void this.#load();
    if (session.isRecovered) {
      void this.updateComplete.then(() => this.querySelector("password-dialog")?.open({ isForgotten: true }));
    }
  }
  #onServerBack(): void {
    if (sessionState().status === "unreachable") void openSession();
    else if (this.loadError) void this.#load();
  }
  #onAddress(isSamePage: boolean): void {
    this.requestUpdate();
    void this.#load();
    if (isSamePage) return;
    scrollTo(0, 0);
    // A screen reader learns of the new page by its main region taking the focus.
    void this.updateComplete.then(() => this.querySelector("main")?.focus({ preventScroll: true }));
  }
  /** The page of the address, unless it is one that the signed-in person may not see. */
  #match(): ReturnType<typeof matchRoute> {
    const match = matchRoute(routes, new URL(location.href));
    return match?.route.forAdmins && !canEdit() ? null : match;
  }
  async #load(): Promise<void> {
    if (sessionState().status !== "signed-in") return;
    const wanted = this.#match()?.route ?? null;
    if (!wanted) setTitle(t("Not found"));
    if (!wanted || wanted.load === this.loaded) return;
    this.loadError = false;
    try {
      await wanted.load();
      this.loaded = wanted.load;
    } catch {
      // Most often a new version with other files, whose page knows their names. While the server is down there is no page.
      if (!(await checkServer()) || !reloadOnce()) this.loadError = true;
    }
  }

  protected override updated(): void {
    // A class, not :has(), which would look through the whole page whenever a line is added to it.
    document.documentElement.classList.toggle("has-bar", sessionState().status === "signed-in");
    this.querySelector(".topbar nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }
  override render(): TemplateResult {
    return html`${this.#screen()}<connection-banner></connection-banner><toast-region></toast-region>`;
  }
  #screen(): TemplateResult {
    const session = sessionState();
    if (session.status === "loading") return html`<main class="splash">${skeleton(1)}</main>`;
    if (session.status === "unreachable") {
      return html`<main class="splash">
        <h1 class="visually-hidden">Renus</h1>
        ${errorState(session.error, () => void openSession())}
      </main>`;
    }
    if (session.status === "signed-out") return html`<sign-in-page .notice=${session.notice}></sign-in-page>`;
    return html`<a class="skip" href="#main">${t("Skip to the content")}</a>
      <header class="topbar">
        <a class="brand" href="/admin/agents" aria-label="Renus">${logo(28)}<span>Renus</span></a>
        <nav aria-label=${t("Main")}>
          ${this.#link("/admin/overview", t("Overview"))}${this.#link("/admin/agents", t("Agents"))}
          ${this.#link("/admin/conversations", html`${t("Conversations")}<waiting-badge></waiting-badge>`)}
        </nav>
        <button type="button" class="button is-quiet is-icon" aria-label=${t("Your account")} popovertarget="account-menu">
          ${icon("user")}
        </button>
        <div id="account-menu" class="menu" popover>
          <p class="menu-head">
            ${session.account.email}<br /><span class="muted"
              >${session.account.role === "admin" ? t("Administrator") : t("Member")}</span
            >
          </p>
          ${languageChoice("panel-language")}
          ${
            session.account.role === "admin"
              ? html`${this.#menuLink("/admin/people", t("People"))}${this.#menuLink("/admin/companies", t("Companies"))}${this.#menuLink("/admin/developers", t("Developers"))}${this.#menuLink("/admin/changes", t("Changes"))}`
              : nothing
          }
          <button type="button" class="menu-item" @click=${this.#changePassword}>${t("Change password")}</button>
          <button type="button" class="menu-item" @click=${() => void signOut()}>${t("Sign out")}</button>
          <button type="button" class="menu-item" @click=${this.#signOutEverywhere}>${t("Sign out on all devices")}</button>
        </div>
      </header>
      <password-dialog .email=${session.account.email}></password-dialog>
      <main id="main" class="page" tabindex="-1">${this.#page()}</main>`;
  }
  #changePassword(): void {
    // First, so that the focus comes back to the menu's button when the dialog closes.
    this.#closeMenu();
    void this.querySelector("password-dialog")?.open();
  }
  async #signOutEverywhere(): Promise<void> {
    this.#closeMenu();
    const isSure = await confirmAction({
      title: t("Sign out on all devices?"),
      text: t("Wherever you are signed in, here as well, you will be asked for your password again."),
      action: t("Sign out everywhere"),
    });
    const failure = isSure ? await signOutEverywhere() : null;
    if (failure) toast(failure);
  }
  #closeMenu(): void {
    this.querySelector<HTMLElement>("#account-menu")?.hidePopover();
  }
  #menuLink(path: string, label: string): TemplateResult {
    const isHere = location.pathname.startsWith(path);
    return html`<a class="menu-item" href=${path} aria-current=${isHere ? "page" : nothing} @click=${this.#closeMenu}
      >${label}</a
    >`;
  }
  #link(path: string, label: unknown): TemplateResult {
    const isHere = location.pathname.startsWith(path);
    return html`<a href=${path} aria-current=${isHere ? "page" : nothing}>${label}</a>`;
  }
  #page(): TemplateResult {
    const match = this.#match();
    if (!match) {
      return html`<h1 class="visually-hidden">${t("Not found")}</h1>
        ${emptyState(
          t("There is nothing here"),
          t("The address may be mistyped, or what it showed was deleted."),
          html`<a class="button" href="/admin/agents">${t("Go to your agents")}</a>`,
        )}`;
    }
    if (this.loadError) return errorState(t("The page could not be loaded. Check your connection."), () => void this.#load());
    if (match.route.load !== this.loaded) return skeleton(4);
    return match.route.render(match.params, new URL(location.href).searchParams);
  }
}
const RELOAD_PAUSE_MS = 30_000;
/** False when that was tried just now. */
function reloadOnce(): boolean {
  const isTried = Date.now() - Number(sessionStorage.getItem("renus-admin-reloaded")) < RELOAD_PAUSE_MS;
  if (isTried || !navigator.onLine) return false;
  sessionStorage.setItem("renus-admin-reloaded", String(Date.now()));
  location.reload();
  return true;
}
customElements.define("renus-admin", RenusAdmin);
