import type { ConversationCounts } from "../../protocol/resources.ts";
import { countConversations } from "../api.ts";
import { listen } from "./live.ts";
import { onChange } from "./rows.ts";
import { Store } from "./store.ts";

const BURST_MS = 500;

/** How many conversations are open, wait and are one's own; asked once for a burst of changes while somebody looks. */
class Counts extends Store {
  value: ConversationCounts | null = null;
  readonly #agentId: string;
  #lookers = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stops: (() => void)[] = [];

  constructor(agentId: string) {
    super();
    this.#agentId = agentId;
  }
  override subscribe(listener: () => void): () => void {
    const stop = super.subscribe(listener);
    if (this.#lookers++ === 0) {
      this.#stops = [onChange(() => this.#soon()), listen((frame) => frame.type === "connected" && this.#soon())];
      this.#soon(0);
    }
    return () => {
      stop();
      if (--this.#lookers > 0) return;
      clearTimeout(this.#timer);
      for (const one of this.#stops) one();
    };
  }
  #soon(afterMs = BURST_MS): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), afterMs);
  }
  async #ask(): Promise<void> {
    try {
      this.value = await countConversations(this.#agentId);
      this.changed();
    } catch {
      // The next change, or the reconnect, asks again.
    }
  }
}

const shared = new Map<string, Counts>();
/** `agentId` empty: of all agents. The same for everybody who shows them. */
export function countsOf(agentId: string): Counts {
  const known = shared.get(agentId) ?? new Counts(agentId);
  shared.set(agentId, known);
  return known;
}
