export interface SerialQueue {
  /** Tasks that wait or run. */
  readonly length: number;
  push(task: () => void | Promise<void>): void;
  /** Resolves when everything pushed so far has run. */
  idle(): Promise<void>;
}

/** Runs tasks one after another. A throw goes to `onError`, and the next task still runs. */
export function createSerialQueue(onError: (err: unknown) => void): SerialQueue {
  const tasks: (() => void | Promise<void>)[] = [];
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    for (let task = tasks[0]; task; task = tasks[0]) {
      try {
        await task();
      } catch (err) {
        onError(err);
      }
      tasks.shift();
    }
    running = null;
  }

  return {
    get length() {
      return tasks.length;
    },
    push(task) {
      tasks.push(task);
      // Not at once: a task that pushes must find the queue running.
      running ??= Promise.resolve().then(run);
    },
    idle: () => running ?? Promise.resolve(),
  };
}
