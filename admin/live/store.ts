import type { ReactiveController, ReactiveControllerHost } from "lit";

/** What changes by itself while it is shown. */
export class Store {
  #listeners = new Set<() => void>();

  /** Calls back after each change. Returns how to stop. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  protected changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Draws an element anew when its store changes, whichever store it has at the moment. */
export class Following implements ReactiveController {
  #host: ReactiveControllerHost;
  #storeOf: () => Store | null;
  #store: Store | null = null;
  #stop = (): void => {};

  constructor(host: ReactiveControllerHost, storeOf: () => Store | null) {
    this.#host = host;
    this.#storeOf = storeOf;
    host.addController(this);
  }
  hostConnected(): void {
    // It may have come back with the store it had.
    this.#host.requestUpdate();
  }
  hostUpdate(): void {
    const store = this.#storeOf();
    if (store === this.#store) return;
    this.#stop();
    this.#store = store;
    this.#stop = store?.subscribe(() => this.#host.requestUpdate()) ?? (() => {});
  }
  hostDisconnected(): void {
    this.#stop();
    this.#store = null;
  }
}
