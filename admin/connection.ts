/** Whether the server answers. Requests tell of failures here; a probe tells when it is back. */

const PROBE = "/readyz";
const FIRST_MS = 1000;
const PAUSE_MS_MAX = 15_000;
/** Down again so soon after it was back: the pauses go on growing. */
const STEADY_MS = 30_000;

let isDown = false;
let pauses = 0;
let backAt = 0;
let timer = 0;
let isProbing = false;
const changes = new Set<() => void>();
const returns = new Set<() => void>();

export const isServerDown = (): boolean => isDown;

/** Calls back when the server is lost and when it is back. */
export function onConnectionChange(listener: () => void): () => void {
  changes.add(listener);
  return () => changes.delete(listener);
}
/** Calls back when the server is back: what failed may be fetched again. */
export function onServerBack(listener: () => void): () => void {
  returns.add(listener);
  return () => returns.delete(listener);
}

/** Asks at once; false is told as a failed request is. */
export async function checkServer(): Promise<boolean> {
  const answers = await isAnswering();
  if (!answers) noteServerDown();
  return answers;
}
/** A request had no answer, or one of whatever stands before a server that is down. */
export function noteServerDown(): void {
  if (isDown) return;
  if (Date.now() - backAt > STEADY_MS) pauses = 0;
  isDown = true;
  for (const listener of changes) listener();
  probeLater();
}
/** A request was answered. */
export function noteServerAnswers(): void {
  if (isDown) void probe();
}

function probeLater(): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => void probe(), Math.min(FIRST_MS * 2 ** pauses++, PAUSE_MS_MAX));
}
async function probe(): Promise<void> {
  if (!isDown || isProbing) return;
  clearTimeout(timer);
  isProbing = true;
  const isBack = await isAnswering();
  isProbing = false;
  if (!isBack) return probeLater();
  isDown = false;
  backAt = Date.now();
  for (const listener of [...changes, ...returns]) listener();
}
/** A proxy may hide the address; then its refusal shows that somebody answers. */
function isAnswering(): Promise<boolean> {
  return fetch(PROBE, { cache: "no-store", signal: AbortSignal.timeout(10_000) }).then(
    (response) => response.status < 500,
    () => false,
  );
}

addEventListener("online", () => void probe());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") void probe();
});
