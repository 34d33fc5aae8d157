import type { ReactiveController, ReactiveControllerHost } from "lit";
import { onServerBack } from "../connection.ts";
import { ApiError, errorWords } from "../request.ts";

/**
 * What a page fetches before it can show itself: loading, failed with words, or there. The latest `run` wins, and runs
 * again by itself when it failed because the server could not be reached.
 */
export class Loader<T> implements ReactiveController {
  status: "idle" | "loading" | "error" | "ready" = "idle";
  value: T | null = null;
  error = "";
  #host: ReactiveControllerHost;
  #abort: AbortController | null = null;
  /** What the server did not answer. */
  #missed: ((signal: AbortSignal) => Promise<T>) | null = null;
  #stop = (): void => {};

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }
  hostConnected(): void {
    this.#stop = onServerBack(() => {
      if (this.#missed) void this.run(this.#missed);
    });
  }
  hostDisconnected(): void {
    this.#stop();
    this.#abort?.abort();
  }

  /** Keeps the old value in view while the new one loads. */
  async run(fetchValue: (signal: AbortSignal) => Promise<T>): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#missed = null;
    this.status = "loading";
    this.#host.requestUpdate();
    try {
      const value = await fetchValue(abort.signal);
      if (abort.signal.aborted) return;
      this.value = value;
      this.status = "ready";
    } catch (err) {
      if (abort.signal.aborted) return;
      if (err instanceof ApiError && err.isUnreachable) this.#missed = fetchValue;
      this.error = errorWords(err);
      this.status = "error";
    }
    this.#host.requestUpdate();
  }

  set(value: T): void {
    this.#missed = null;
    this.value = value;
    this.status = "ready";
    this.#host.requestUpdate();
  }
}
