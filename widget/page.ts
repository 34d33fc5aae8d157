import type { PublicAgent } from "../protocol/resources.ts";
import { RenusChat } from "./renus-chat.ts";

/** The public page around the chat: what the server knew already, the share button, the QR dialog. */
const byId = <T extends HTMLElement>(id: string) => document.getElementById(id) as T | null;

const chat = document.querySelector("renus-chat");
const profile = byId("profile")?.textContent;
// Before the element's first update, which runs after this module.
if (chat instanceof RenusChat && profile) chat.profile = JSON.parse(profile) as PublicAgent;

const share = byId<HTMLButtonElement>("share");
const toast = byId("toast");
if (share) {
  const url = share.dataset["url"] ?? location.href;
  const canShare = typeof navigator.share === "function";
  // Neither is there on plain http pages.
  share.hidden = !canShare && !navigator.clipboard;
  share.addEventListener("click", () => {
    if (canShare) {
      // Closing the native sheet rejects; nothing has to be said then.
      void navigator.share({ title: document.title, url }).catch(() => {});
      return;
    }
    void navigator.clipboard.writeText(url).then(() => {
      if (!toast) return;
      toast.textContent = share.dataset["copied"] ?? "";
      setTimeout(() => (toast.textContent = ""), 2000);
    });
  });
}

const dialog = byId<HTMLDialogElement>("qr-dialog");
byId("qr")?.addEventListener("click", (event) => {
  if (!dialog) return;
  event.preventDefault();
  // Fetched when somebody wants it.
  const image = dialog.querySelector("img");
  if (image && !image.src) image.src = image.dataset["src"] ?? "";
  dialog.showModal();
});
byId("qr-close")?.addEventListener("click", () => dialog?.close());
dialog?.addEventListener("click", (event) => event.target === dialog && dialog.close());
