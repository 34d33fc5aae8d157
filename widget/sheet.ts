import type { Chat } from "./chat.ts";

/** How to put each page back that a panel covers. */
const uncover = new WeakMap<Chat, () => void>();
const watched = new WeakSet<Chat>();

/**
 * What covers and is covered. On a phone the panel covers the screen: it follows the keyboard, and the page behind is still and out
 * of reach. The chat itself is covered by what has to be agreed to first.
 */
export function coverPage(chat: Chat): void {
  if (chat.state.agent?.consent) void import("./consent.ts").then(({ askConsent }) => askConsent(chat));
  if (chat.mode === "inline") return;
  const viewport = window.visualViewport!;
  const place = () => {
    const { style } = chat.root.querySelector<HTMLElement>(".panel")!;
    const isOurs = chat.isPhone() && viewport.scale === 1;
    style.setProperty("--height", isOurs ? `${viewport.height}px` : "");
    style.setProperty("--top", isOurs ? `${viewport.offsetTop}px` : "");
  };
  place();
  if (!watched.has(chat)) {
    watched.add(chat);
    for (const name of ["resize", "scroll"]) viewport.addEventListener(name, place);
    chat.root.addEventListener("keydown", (event) => keepTab(chat, event as KeyboardEvent));
  }
  const back = uncover.get(chat);
  if (!chat.isModal || !chat.host.isConnected) {
    back?.();
    uncover.delete(chat);
  } else if (!back) {
    const { documentElement: page, body } = document;
    const { overflow } = page.style;
    const { inert } = body;
    page.style.overflow = "hidden";
    body.inert = true;
    uncover.set(chat, () => {
      page.style.overflow = overflow;
      body.inert = inert;
    });
  }
}

/** The page is inert, but after the last control comes the browser: Tab goes round instead (WAI-ARIA modal dialogs). */
function keepTab({ root, isModal }: Chat, event: KeyboardEvent): void {
  if (!isModal || event.key !== "Tab") return;
  const all = [...root.querySelectorAll<HTMLElement>("button, textarea, a[href], [tabindex='0']")].filter(
    (one) => !one.matches(":disabled") && one.getClientRects().length > 0,
  );
  const { activeElement } = root;
  if (activeElement && activeElement !== (event.shiftKey ? all[0] : all.at(-1))) return;
  event.preventDefault();
  (event.shiftKey ? all.at(-1) : all[0])?.focus();
}
