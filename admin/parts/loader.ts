import type { ReactiveController, ReactiveControllerHost } from "lit";
import { errorWords } from "../request.ts";

/** What a page fetches before it can show itself: loading, failed with words, or there. The latest `run` wins. */
export class Loader<T> implements ReactiveController {
  status: "idle" | "loading" | "error" | "ready" = "idle";
  value: T | null = null;
  error = "";
  #host: ReactiveControllerHost;
  #abort: AbortController | null = null;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }
  hostDisconnected(): void {
    this.#abort?.abort();
  }

  /** Keeps the old value in view while the new one loads. */
  async run(fetchValue: (signal: AbortSignal) => Promise<T>): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.status = "loading";
    this.#host.requestUpdate();
    try {
      const value = await fetchValue(abort.signal);
      if (abort.signal.aborted) return;
      this.value = value;
      this.status = "ready";
    } catch (err) {
      if (abort.signal.aborted) return;
      this.error = errorWords(err);
      this.status = "error";
    }
    this.#host.requestUpdate();
  }

  set(value: T): void {
    this.value = value;
    this.status = "ready";
    this.#host.requestUpdate();
  }
}
