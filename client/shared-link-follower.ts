import type { ClientFrame } from "../protocol/frames.ts";
import { startOver, type Link, type LinkEvents } from "./link.ts";

/** A tab that lives is quicker; one that a phone has frozen never answers. */
const ANSWER_MS = 1500;

/** Frames over the socket of another tab. Takes over when that tab goes or does not answer. */
export function follow(name: string, events: LinkEvents): Link {
  const channel = new BroadcastChannel(name);
  const abort = new AbortController();
  const up = (frame: ClientFrame | { type: "hello" }) => channel.postMessage({ up: frame });
  let isConnected = false;
  const leave = () => {
    if (!abort.signal.aborted) events.onFrame(startOver());
  };
  const timer = setTimeout(() => void navigator.locks.request(name, { steal: true }, leave), ANSWER_MS);
  channel.onmessage = ({ data }) => {
    if (data.up) return;
    clearTimeout(timer);
    isConnected ||= data.type === "connected";
    // What is told to others before the greeting belongs to a connection that this tab knows nothing of.
    if (isConnected || data.type === "drain") events.onFrame(data);
  };
  navigator.locks.request(name, { signal: abort.signal }, leave).catch(() => {});
  up({ type: "hello" });
  return {
    send(frame) {
      up(frame);
      return isConnected;
    },
    close() {
      clearTimeout(timer);
      abort.abort();
      channel.close();
    },
  };
}
