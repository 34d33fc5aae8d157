import type { Chat } from "./chat.ts";
import { isSoundOn, playSound } from "./sound.ts";

const TOLD_MS = 5000;
let title: string | null = null;

/** A message came while nobody was looking: the count stands in the title, and one of all tabs makes a sound. */
export function attract(chat: Chat): void {
  const { unread, items } = chat.state;
  if (document.visibilityState === "hidden" && unread > 0) {
    if (title === null) {
      title = document.title;
      document.addEventListener("visibilitychange", restore);
    }
    document.title = `(${unread}) ${title}`;
  }
  if (!isSoundOn(chat)) return;
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) return playSound();
  void locks.request(`renus:sound:${items.at(-1)?.key}`, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    playSound();
    await new Promise((resolve) => setTimeout(resolve, TOLD_MS));
  });
}

function restore(): void {
  if (document.visibilityState === "hidden" || title === null) return;
  document.title = title;
  title = null;
  document.removeEventListener("visibilitychange", restore);
}
