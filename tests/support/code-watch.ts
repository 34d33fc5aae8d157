import type { BrowserContext, Locator, Page } from "playwright-core";

/** What must not be in a chat, a panel or the body of a page that shows strangers' words. */
const FORBIDDEN =
  "script:not(#profile), iframe, frame, object, embed, applet, base, link, meta, style, video, audio, source, marquee, math, [srcdoc], [ping], [formaction]";

/** Everything in the context that ran, or asked a host which is none of `origins`, as words; empty when all is well. */
export async function watchForCode(context: BrowserContext, origins: readonly string[]): Promise<string[]> {
  const faults: string[] = [];
  await context.exposeBinding("reportHacked", (_source, how: string) => void faults.push(`ran: ${how}`));
  await context.addInitScript(() => {
    const report = (how: string) => (window as any).reportHacked(how);
    Object.defineProperty(window, "hacked", {
      set() {
        report("hacked");
      },
    });
    for (const name of ["alert", "confirm", "prompt", "print"]) (window as any)[name] = () => report(name);
  });
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (!/^(data|blob):$/.test(url.protocol) && !origins.includes(url.origin)) faults.push(`asked: ${request.url()}`);
  });
  context.on("page", (page) => {
    page.on("dialog", (dialog) => {
      faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("popup", (popup) => faults.push(`opened: ${popup.url()}`));
    page.on("pageerror", (err) => faults.push(`threw: ${err}`));
    page.on("framenavigated", (frame) => {
      const url = frame.url();
      if (frame.parentFrame() || (url !== "about:blank" && !origins.includes(new URL(url).origin))) faults.push(`went: ${url}`);
    });
  });
  // Under a policy an element that got in shows by what the policy refuses.
  context.on("console", (message) => {
    if (/Content Security Policy|Trusted ?Type/i.test(message.text())) faults.push(`refused: ${message.text()}`);
  });
  return faults;
}

/**
 * Makes `offences()` in the page: what stands below `selector`, in all shadow trees, and should not, as words. Evaluated by
 * the test's hand and not by the page, so that no policy is in its way.
 */
export async function installOffences(page: Page, selector: string): Promise<void> {
  await page.evaluate(
    ([forbidden, within]) => {
      const look = (root: ParentNode, found: Set<string>): Set<string> => {
        for (const node of root.querySelectorAll<HTMLElement>("*")) {
          if (node.shadowRoot) look(node.shadowRoot, found);
          const { localName } = node;
          // oxlint-disable-next-line no-restricted-properties -- read, for the words of a failure
          const say = (why: string) => found.add(`${why}: ${node.outerHTML.slice(0, 200)}`);
          if (node.matches(forbidden!)) say("element");
          // A chat shows one picture and has one form; a panel has more, of its own.
          const isChat = node.getRootNode() instanceof ShadowRoot;
          if (localName === "img") {
            const { src } = node as HTMLImageElement;
            if (isChat ? !node.matches(".avatar") : !src.startsWith(location.origin) && !/^(data:image\/|blob:)/.test(src))
              say("image");
          }
          if (localName === "form" && isChat && !node.querySelector("textarea")) say("form");
          for (const { name, value } of node.attributes) {
            if (name.startsWith("on")) say("handler");
            if (name === "style" && /url|expression|import/i.test(value)) say("style");
            if (
              /^(xlink:)?href$/.test(name) &&
              localName === "a" &&
              !/^(https?|mailto|tel):$/.test((node as HTMLAnchorElement).protocol)
            )
              say("link");
          }
        }
        return found;
      };
      (window as any).offences = () => {
        const found = new Set<string>();
        for (const root of document.querySelectorAll(within!)) {
          if (root.shadowRoot) look(root.shadowRoot, found);
          look(root, found);
        }
        return [...found];
      };
      // What grows: to look at a whole conversation in each frame would leave no time for the conversation.
      (window as any).newestOffences = (chat: Element) => {
        const found = new Set<string>();
        const { children } = chat.shadowRoot!.querySelector("ol")!;
        for (const line of [...children].slice(-3)) look(line, found);
        for (const part of chat.shadowRoot!.querySelectorAll("[role=log], header, form")) look(part, found);
        return found;
      };
    },
    [FORBIDDEN, selector] as const,
  );
}

export const offences = (page: Page): Promise<string[]> => page.evaluate(() => (window as any).offences());

/** Looks at the newest lines of the chat in every frame that is drawn from now on; the answer gives what it saw and how often. */
export async function sampleOffences(chat: Locator): Promise<() => Promise<{ found: string[]; frames: number }>> {
  await chat.evaluate((host) => {
    const state = ((window as any).sampled = { found: new Set<string>(), frames: 0 });
    const look = () => {
      state.frames++;
      for (const one of (window as any).newestOffences(host)) state.found.add(one);
      requestAnimationFrame(look);
    };
    look();
  });
  return () =>
    chat.evaluate(() => {
      const { found, frames } = (window as any).sampled;
      return { found: [...found], frames };
    });
}
