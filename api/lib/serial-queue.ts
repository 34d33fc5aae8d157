export interface SerialQueue {
  /** Tasks that wait or run. */
  readonly length: number;
  push(task: () => void | Promise<void>): void;
  /** Resolves when everything pushed so far has run. */
  idle(): Promise<void>;
}

/**
 * Runs tasks one after another, the first one at once. A throw goes to `onError`, and the next task still runs. Tasks that do
 * not wait for anything cost no promise.
 */
export function createSerialQueue(onError: (err: unknown) => void): SerialQueue {
  return new Queue(onError);
}

type Task = () => void | Promise<void>;

class Queue implements SerialQueue {
  readonly #onError: (err: unknown) => void;
  readonly #tasks: Task[] = [];
  #isRunning = false;
  #idlers: (() => void)[] | null = null;

  constructor(onError: (err: unknown) => void) {
    this.#onError = onError;
  }

  get length(): number {
    return this.#tasks.length;
  }

  push(task: Task): void {
    this.#tasks.push(task);
    if (!this.#isRunning) this.#run();
  }

  idle(): Promise<void> {
    if (!this.#isRunning) return Promise.resolve();
    return new Promise((resolve) => (this.#idlers ??= []).push(resolve));
  }

  #run(): void {
    this.#isRunning = true;
    for (let task = this.#tasks[0]; task; task = this.#tasks[0]) {
      try {
        const ending = task();
        if (ending) return void ending.catch(this.#onError).finally(() => this.#next());
      } catch (err) {
        this.#onError(err);
      }
      this.#tasks.shift();
    }
    this.#isRunning = false;
    const idlers = this.#idlers;
    this.#idlers = null;
    for (const resolve of idlers ?? []) resolve();
  }

  #next(): void {
    this.#tasks.shift();
    this.#run();
  }
}
