import type { PublicAgent } from "../protocol/resources.ts";
import { shareLink } from "./page-share.ts";
import { RenusChat } from "./renus-chat.ts";

/** The public page around the chat: what the server knew already, the share button, the QR dialog. Neither is there in a frame. */
const byId = <T extends HTMLElement>(id: string) => document.getElementById(id) as T | null;

const early = document.querySelector("renus-chat");
const profile = byId("profile")?.textContent;
if (early && profile) {
  // Made anew: what a chat knows of its agent, and so can greet with before the server answers, must be told it first.
  const chat = new RenusChat();
  chat.profile = JSON.parse(profile) as PublicAgent;
  for (const { name, value } of early.attributes) chat.setAttribute(name, value);
  chat.append(...early.querySelectorAll("[slot]"));
  early.replaceWith(chat);
}

const share = byId<HTMLButtonElement>("share");
// Not loaded on demand: Safari opens its sheet only as the direct answer to a click.
share?.addEventListener("click", () => void shareLink(share));

const qr = byId<HTMLAnchorElement>("qr");
qr?.addEventListener("click", (event) => {
  event.preventDefault();
  import("./page-qr.ts").then(
    ({ openQr }) => openQr(),
    // The picture alone is better than nothing.
    () => location.assign(qr.href),
  );
});
