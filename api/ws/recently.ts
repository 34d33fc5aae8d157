/** Another node is asked the same this often at most. */
const EVERY_MS = 1000;
const KEPT_MAX = 1000;

/** True at most once a second for each key; remembers the last thousand. */
export function createRecently(): (key: string) => boolean {
  const doneAt = new Map<string, number>();
  return (key) => {
    const now = performance.now();
    if (now - (doneAt.get(key) ?? -Infinity) < EVERY_MS) return false;
    doneAt.delete(key);
    doneAt.set(key, now);
    if (doneAt.size > KEPT_MAX) doneAt.delete(doneAt.keys().next().value!);
    return true;
  };
}
