const TOAST_MS = 2500;
let timer: ReturnType<typeof setTimeout> | undefined;

/** The native sheet where there is one; else the address is on the clipboard, and the page says so. */
export async function shareLink(button: HTMLElement): Promise<void> {
  const { url = location.href, copied = "", notCopied = "" } = button.dataset;
  if (typeof navigator.share === "function") {
    try {
      return await navigator.share({ title: document.title, url });
    } catch (err) {
      // Closed by the visitor: nothing has to be said.
      if ((err as Error).name === "AbortError") return;
    }
  }
  say((await copyText(url, document.body)) ? copied : notCopied);
}

/** Also on plain http pages, where there is no clipboard but the old command. `place` must be where focus may go. */
export async function copyText(text: string, place: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "copied";
    const before = document.activeElement;
    place.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    if (before instanceof HTMLElement) before.focus();
    return isCopied;
  }
}

function say(text: string): void {
  const toast = document.getElementById("toast");
  if (!toast) return;
  toast.textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => (toast.textContent = ""), TOAST_MS);
}
