import { copyText } from "./page-share.ts";

let dialog: HTMLDialogElement | null = null;

/** Made from the page's template the first time, and with it the picture is fetched. */
export function openQr(): void {
  dialog ??= createDialog();
  dialog?.showModal();
}

function createDialog(): HTMLDialogElement | null {
  const template = document.getElementById("qr-dialog");
  if (!(template instanceof HTMLTemplateElement)) return null;
  document.body.append(template.content.cloneNode(true));
  const made = document.querySelector("dialog")!;
  const link = made.querySelector<HTMLAnchorElement>(".address a")!;
  const said = made.querySelector("[role=status]")!;
  made.querySelector(".action")!.addEventListener("click", () => made.close());
  made.querySelector("button.button")!.addEventListener("click", () => {
    const { copied = "", notCopied = "" } = document.getElementById("share")?.dataset ?? {};
    void copyText(link.href, made).then((isCopied) => (said.textContent = isCopied ? copied : notCopied));
  });
  // A click beside it, on the backdrop, has the dialog itself as its target.
  made.addEventListener("click", (event) => event.target === made && made.close());
  made.addEventListener("close", () => (said.textContent = ""));
  return made;
}
