import type { ReactiveController, ReactiveControllerHost } from "lit";
import { t } from "../i18n/i18n.ts";
import { guardLeaving } from "../router.ts";
import { confirmAction } from "./confirm.ts";

/** Whether a form holds something that is not saved; asks before it is left then. `name`: what would be left. */
export class Unsaved implements ReactiveController {
  #host: ReactiveControllerHost;
  #isDirty = false;
  readonly #name: () => string;
  #warn = (event: BeforeUnloadEvent) => {
    if (this.#isDirty) event.preventDefault();
  };

  constructor(host: ReactiveControllerHost, name: () => string) {
    this.#host = host;
    this.#name = name;
    host.addController(this);
  }
  hostConnected(): void {
    addEventListener("beforeunload", this.#warn);
    guardLeaving(() => this.#mayLeave());
  }
  hostDisconnected(): void {
    removeEventListener("beforeunload", this.#warn);
    guardLeaving(null);
  }
  get isDirty(): boolean {
    return this.#isDirty;
  }
  set isDirty(isDirty: boolean) {
    if (this.#isDirty === isDirty) return;
    this.#isDirty = isDirty;
    this.#host.requestUpdate();
  }
  async #mayLeave(): Promise<boolean> {
    if (!this.#isDirty) return true;
    return confirmAction({
      title: t("Leave “{name}” without saving?", { name: this.#name() }),
      text: t("What you changed here is not saved yet."),
      action: t("Leave"),
      isDangerous: true,
    });
  }
}
