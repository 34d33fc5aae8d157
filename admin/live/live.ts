import { createConnection } from "../../client/connection.ts";
import type { ClientFrame, ServerFrame } from "../../protocol/frames.ts";
import { checkServer, onServerBack } from "../connection.ts";
import { currentToken } from "../request.ts";
import { onSessionChange, sessionState } from "../session.ts";

/** The panel's one socket: the same frames that every client of the server gets, for all conversations of the company. */

const listeners = new Set<(frame: ServerFrame) => void>();

const connection = createConnection({
  origin: location.origin,
  async token() {
    const token = await currentToken();
    if (!token) throw new Error("Nobody is signed in.");
    return token;
  },
  onFrame: (frame) => listeners.forEach((listener) => listener(frame)),
  onState(state) {
    // Who only waits for messages is told as well; one lost socket alone is nothing to speak of.
    if (state.name === "waiting" && state.attempt > 1) void checkServer();
  },
});

let isStarted = false;
/** Connects while somebody is signed in. Harmless when it has begun. */
export function startLive(): void {
  if (isStarted) return;
  isStarted = true;
  const follow = () => (sessionState().status === "signed-in" ? connection.start() : connection.stop());
  onSessionChange(follow);
  follow();
  addEventListener("online", () => connection.wake());
  onServerBack(() => connection.wake());
  document.addEventListener("visibilitychange", () => {
    const isVisible = document.visibilityState === "visible";
    if (isVisible) connection.wake();
    send({ type: "presence", status: isVisible ? "online" : "away" });
  });
}

/** False when there is no connection; nothing is kept for later. */
export const send = (frame: ClientFrame): boolean => connection.send(frame);
export const isLive = (): boolean => connection.state().name === "live";

/** Calls back with every frame, `connected` after each reconnect included. Returns how to stop. */
export function listen(listener: (frame: ServerFrame) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
