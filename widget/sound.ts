import type { Chat } from "./chat.ts";

/** Off until somebody switches it on: a page that begins to beep is a surprise. */
export const isSoundOn = (chat: Chat): boolean => chat.storage.get(chat.keyOf("sound")) === true;

export function setSound(chat: Chat, isOn: boolean): void {
  chat.storage.set(chat.keyOf("sound"), isOn);
  // Browsers let a page make sounds after a person has done something in it.
  if (isOn) playSound();
}

let context: AudioContext | undefined;

/** Two soft notes, made here: no file to fetch. */
export function playSound(): void {
  context ??= new AudioContext();
  void context.resume();
  for (const [at, frequency] of [
    [0, 660],
    [0.12, 880],
  ] as const) {
    const note = new OscillatorNode(context, { frequency });
    const loudness = new GainNode(context, { gain: 0 });
    const from = context.currentTime + at;
    loudness.gain.linearRampToValueAtTime(0.08, from + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.001, from + 0.3);
    note.connect(loudness).connect(context.destination);
    note.start(from);
    note.stop(from + 0.3);
  }
}
