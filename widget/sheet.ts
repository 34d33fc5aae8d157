import type { Chat } from "./chat.ts";

/** How to put each page back that a panel covers. */
const uncover = new WeakMap<Chat, () => void>();
const watched = new WeakSet<Chat>();

/** On a phone the panel covers the screen: it follows the keyboard, and the page behind is still and out of reach. */
export function coverPage(chat: Chat): void {
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
