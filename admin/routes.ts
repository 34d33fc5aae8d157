import { html, type TemplateResult } from "lit";
import { navigate, route, type Route } from "./router.ts";

const agentPage = () => import("./pages/agent.ts");
const wizardPage = () => import("./pages/wizard.ts");
const conversationsPage = () => import("./pages/conversations.ts");

// One template for each page, so that going on within it keeps the element and what is in it.
const wizard = (id: string, step: string): TemplateResult => html`<wizard-page agent-id=${id} step=${step}></wizard-page>`;
const agent = (id: string, tab: string): TemplateResult => html`<agent-page agent-id=${id} tab=${tab}></agent-page>`;
const conversations = (id: string, search: URLSearchParams): TemplateResult =>
  html`<conversations-page .search=${search} selected=${id}></conversations-page>`;

/** Every address of the panel. The first match counts. */
export const routes: readonly Route[] = [
  route(
    "/",
    async () => navigate("/agents", { replace: true }),
    () => html``,
  ),
  route(
    "/agents",
    () => import("./pages/agent-list.ts"),
    (_params, search) =>
      html`<agent-list-page
        .q=${search.get("q") ?? ""}
        .status=${search.get("status") ?? ""}
        .sort=${search.get("sort") ?? ""}
      ></agent-list-page>`,
  ),
  route("/agents/new", wizardPage, () => wizard("", "1")),
  route("/agents/:id/wizard/:step([1-4])", wizardPage, ({ id = "", step = "1" }) => wizard(id, step)),
  route("/agents/:id/wizard", wizardPage, ({ id = "" }) => wizard(id, "0")),
  route("/agents/:id", agentPage, ({ id = "" }) => agent(id, "settings")),
  route("/agents/:id/:tab(appearance|sub-agents|routing|publish)", agentPage, ({ id = "", tab = "" }) => agent(id, tab)),
  route(
    "/overview",
    () => import("./pages/overview.ts"),
    (_params, search) =>
      html`<overview-page .period=${search.get("period") ?? ""} agent=${search.get("agent") ?? ""}></overview-page>`,
  ),
  route("/conversations", conversationsPage, (_params, search) => conversations("", search)),
  route("/conversations/:id", conversationsPage, ({ id = "" }, search) => conversations(id, search)),
  route(
    "/people",
    () => import("./pages/people.ts"),
    () => html`<people-page></people-page>`,
    { forAdmins: true },
  ),
  route(
    "/companies",
    () => import("./pages/companies.ts"),
    () => html`<companies-page></companies-page>`,
    { forAdmins: true },
  ),
  route(
    "/developers",
    () => import("./pages/developers.ts"),
    () => html`<developers-page></developers-page>`,
    { forAdmins: true },
  ),
  route(
    "/changes",
    () => import("./pages/changes.ts"),
    (_params, search) =>
      html`<changes-page .action=${search.get("action") ?? ""} .object=${search.get("object") ?? ""}></changes-page>`,
    { forAdmins: true },
  ),
];
