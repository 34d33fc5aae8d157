import type { Controller, RenusElement } from "./element.ts";

const PHONE = "(max-width: 479.98px)";

/** On a phone the panel covers the screen: it follows the keyboard, and the page behind stays still. */
export class Sheet implements Controller {
  isPhone = false;
  readonly #host: RenusElement;
  readonly #isModal: () => boolean;
  #media: MediaQueryList | undefined;
  #overflowBefore: string | null = null;
  constructor(host: RenusElement, isModal: () => boolean) {
    this.#host = host;
    this.#isModal = isModal;
    host.addController(this);
  }

  hostConnected(): void {
    this.#media = matchMedia(PHONE);
    this.isPhone = this.#media.matches;
    this.#media.addEventListener("change", this.#onMedia);
    visualViewport?.addEventListener("resize", this.#onViewport);
    visualViewport?.addEventListener("scroll", this.#onViewport);
  }

  hostDisconnected(): void {
    this.#media?.removeEventListener("change", this.#onMedia);
    visualViewport?.removeEventListener("resize", this.#onViewport);
    visualViewport?.removeEventListener("scroll", this.#onViewport);
    this.#lock(false);
  }

  hostUpdated(): void {
    this.#lock(this.isPhone && this.#isModal());
    this.#onViewport();
  }

  #onMedia = (event: MediaQueryListEvent): void => {
    this.isPhone = event.matches;
    this.#host.requestUpdate();
  };

  #onViewport = (): void => {
    const { style } = this.#host;
    if (this.isPhone && visualViewport && visualViewport.scale === 1) {
      style.setProperty("--_visible-height", `${visualViewport.height}px`);
      style.setProperty("--_visible-top", `${visualViewport.offsetTop}px`);
    } else {
      style.removeProperty("--_visible-height");
      style.removeProperty("--_visible-top");
    }
  };

  #lock(isLocked: boolean): void {
    const { style } = document.documentElement;
    if (isLocked && this.#overflowBefore === null) {
      this.#overflowBefore = style.overflow;
      style.overflow = "hidden";
    } else if (!isLocked && this.#overflowBefore !== null) {
      style.overflow = this.#overflowBefore;
      this.#overflowBefore = null;
    }
  }
}
