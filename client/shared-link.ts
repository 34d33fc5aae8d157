import type { ServerFrame } from "../protocol/frames.ts";
import { startOver, type Link, type LinkEvents, type OpenLink } from "./link.ts";
import { openSocketLink } from "./socket-link.ts";

/** How long other tabs wait after a socket was lost: the one that had it has its own back-off. */
const LOST_MS = 2000;

/**
 * One socket for all tabs of a browser: the tab that holds the lock `name` has it and passes frames on over the
 * BroadcastChannel of the same name, raw what comes from the server, `{up: frame}` what goes to it.
 */
export function sharedSocket(name: () => string): OpenLink {
  return (origin, token, events) => {
    const locks = navigator.locks as LockManager | undefined;
    if (!locks) return openSocketLink(origin, token, events);
    let link: Link | undefined;
    let isOver = false;
    let release = (): void => {};
    const close = () => {
      isOver = true;
      link?.close();
      release();
    };
    locks
      .request(name(), { ifAvailable: true }, async (lock) => {
        if (isOver) return;
        if (lock) {
          link = lead(name(), origin, token, {
            ...events,
            onClose(code, opened) {
              isOver = true;
              release();
              events.onClose(code, opened);
            },
          });
          await new Promise<void>((resolve) => (release = resolve));
        } else {
          const { follow } = await import("./shared-link-follower.ts");
          if (!isOver) link = follow(name(), events);
        }
      })
      .catch((err: Error) => {
        if (isOver) return;
        close();
        // A tab that had no answer from this one took the lock away; anything else is a socket that could not be.
        if (err.name === "AbortError") events.onFrame(startOver());
        else events.onClose(1006, false);
      });
    return { send: (frame) => !!link?.send(frame), close };
  };
}

function lead(name: string, origin: string, token: string, events: LinkEvents): Link {
  const channel = new BroadcastChannel(name);
  let connected: ServerFrame | undefined;
  let leave = (afterMs: number): void => {
    leave = () => {};
    channel.postMessage(startOver(afterMs));
    channel.close();
  };
  const link = openSocketLink(origin, token, {
    onClose(code, opened) {
      leave(LOST_MS);
      events.onClose(code, opened);
    },
    onFrame(frame) {
      if (frame.type === "connected") connected = frame;
      channel.postMessage(frame);
      events.onFrame(frame);
    },
  });
  channel.onmessage = ({ data: { up } }) => {
    if (up?.type === "hello") channel.postMessage(connected ?? { type: "wait" });
    else if (up) link.send(up);
  };
  return {
    ...link,
    close() {
      leave(0);
      link.close();
    },
  };
}
