import type { InboxConversation } from "../../protocol/resources.ts";
import { t } from "../i18n/i18n.ts";
import { navigate } from "../router.ts";
import { onRow } from "./rows.ts";

/** Calls a person when a conversation waits for one: by the system's notifications and two notes, once they were allowed. */

const STORED = "renus-admin-notify";
const BODY_CHARS_MAX = 120;
/** Hertz, seconds from the start. */
const NOTES = [
  [660, 0],
  [880, 0.14],
] as const;

/** Newest message for which somebody was called, by conversation. */
const called = new Map<string, number>();
let stop: (() => void) | null = null;

/** Begins where the person has allowed it before. Harmless when it has begun. */
export function startAttention(): void {
  if (!isAttentive()) return;
  stop ??= onRow((id, row) => {
    if (!row?.waiting) return void called.delete(id);
    if ((called.get(id) ?? 0) >= row.last_seq) return;
    called.set(id, row.last_seq);
    if (!isInView(id)) call(row);
  });
}

export const isAttentive = (): boolean =>
  localStorage.getItem(STORED) === "on" && canNotify() && Notification.permission === "granted";
const canNotify = (): boolean => typeof Notification === "function";

/** Asks the browser where it has to be asked. Resolves to words when it does not allow it. */
export async function setAttentive(isOn: boolean): Promise<string | null> {
  localStorage.setItem(STORED, isOn ? "on" : "off");
  if (!isOn) {
    stop?.();
    stop = null;
    return null;
  }
  if (!canNotify()) return t("This browser has no notifications.");
  if ((await Notification.requestPermission()) === "granted") {
    startAttention();
    return null;
  }
  return t("Your browser does not allow notifications of this page. You can change that in its settings.");
}

const isInView = (id: string): boolean =>
  document.visibilityState === "visible" && document.hasFocus() && location.pathname.endsWith(`/${id}`);

function call(row: InboxConversation): void {
  const notification = new Notification(t("{name} waits for a person", { name: row.visitor?.name ?? t("A visitor") }), {
    body: (row.last_message_preview ?? "").slice(0, BODY_CHARS_MAX),
    // Several messages of one conversation are one call.
    tag: `renus-${row.id}`,
  });
  notification.addEventListener("click", () => {
    window.focus();
    navigate(`/conversations/${row.id}`);
    notification.close();
  });
  ring();
}

function ring(): void {
  const audio = new AudioContext();
  for (const [frequency, at] of NOTES) {
    const start = audio.currentTime + at;
    const gain = new GainNode(audio, { gain: 0 });
    gain.gain.linearRampToValueAtTime(0.15, start + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + 0.3);
    const tone = new OscillatorNode(audio, { frequency });
    tone.connect(gain).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.3);
  }
  setTimeout(() => void audio.close(), 1000);
}
