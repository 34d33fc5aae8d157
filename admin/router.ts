import type { TemplateResult } from "lit";

/** Addresses are shared and reloaded, so they hold all that matters: page, object, filters. */
export interface Route {
  pattern: URLPattern;
  /** Fetches the page's chunk. */
  load(): Promise<unknown>;
  render(params: Readonly<Record<string, string>>, search: URLSearchParams): TemplateResult;
  /** For everybody else it is not there. */
  forAdmins: boolean;
}

export const BASE = "/admin";
export const route = (
  path: string,
  load: Route["load"],
  render: Route["render"],
  { forAdmins = false }: { forAdmins?: boolean } = {},
): Route => ({
  pattern: new URLPattern({ pathname: `${BASE}${path}` }),
  load,
  render,
  forAdmins,
});

export function matchRoute(routes: readonly Route[], url: URL): { route: Route; params: Record<string, string> } | null {
  const pathname = url.pathname.length > BASE.length + 1 ? url.pathname.replace(/\/+$/, "") : url.pathname;
  for (const candidate of routes) {
    const groups = candidate.pattern.exec({ pathname })?.pathname.groups;
    if (!groups) continue;
    const params = Object.entries(groups).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
    return { route: candidate, params: Object.fromEntries(params) };
  }
  return null;
}

const changes = new EventTarget();
let currentPath = location.pathname;
function announce(): void {
  const isSamePage = currentPath === location.pathname;
  currentPath = location.pathname;
  changes.dispatchEvent(new CustomEvent("change", { detail: { isSamePage } }));
}

let mayLeave: (() => Promise<boolean>) | null = null;
/** Asked before a link is followed, while something is not saved; null asks nothing. */
export function guardLeaving(ask: (() => Promise<boolean>) | null): void {
  mayLeave = ask;
}
async function follow(path: string): Promise<void> {
  if (mayLeave && !(await mayLeave())) return;
  navigate(path);
}

/** `path` starts after /admin, e.g. "/agents?q=shop". */
export function navigate(path: string, { replace = false } = {}): void {
  history[replace ? "replaceState" : "pushState"](null, "", BASE + path);
  announce();
}

/** Calls back after each change of the address; links within the panel no longer load the page. */
export function startRouter(onChange: (isSamePage: boolean) => void): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  changes.addEventListener("change", (event) => onChange((event as CustomEvent<{ isSamePage: boolean }>).detail.isSamePage), {
    signal,
  });
  addEventListener("popstate", announce, { signal });
  addEventListener(
    "click",
    (event) => {
      const link = (event.target as Element | null)?.closest?.("a");
      if (!link || event.defaultPrevented || event.button !== 0 || link.target || link.download) return;
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const url = new URL(link.href);
      if (url.origin !== location.origin || !`${url.pathname}/`.startsWith(`${BASE}/`)) return;
      if (url.pathname === location.pathname && url.hash) return;
      event.preventDefault();
      void follow(url.pathname.slice(BASE.length) + url.search);
    },
    { signal },
  );
  return () => stop.abort();
}
