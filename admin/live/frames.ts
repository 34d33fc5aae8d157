const FRAME_MS = 16;

/**
 * Hands over `items` in their order, `count` in a frame: a whole page of them at once holds up scrolling on a slow device. Ends
 * early when `put` returns false.
 */
export async function inFrames<T>(items: readonly T[], count: number, put: (some: T[]) => boolean): Promise<void> {
  for (let at = 0; at < items.length && put(items.slice(at, at + count)); at += count) {
    await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
  }
}
