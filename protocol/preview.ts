import type { PublicAgent } from "./resources.ts";

/** What the panel and the preview of a chat, a page in its frame, say to each other. Both are of this server. */

export interface PreviewTurn {
  role: "visitor" | "assistant";
  content: string;
}

/** The panel's side. */
export interface PreviewHost {
  /** Answers the last turn, which is the visitor's; `name` is who answers. Rejects with an error in words for a person. */
  answer(turns: readonly PreviewTurn[]): Promise<{ reply: string; name: string }>;
  /** The visitor has begun anew. */
  onCleared(): void;
}

/** The frame's side. */
export interface ChatPreview {
  /** Begins an empty conversation that `host` answers. */
  attach(host: PreviewHost): void;
  /** The chat of this agent, in a language as BCP 47 names it. May be called on every key press. */
  show(agent: PublicAgent, lang: string): void;
}

/** The window of the frame, once its script has run. */
export interface PreviewWindow {
  renusPreview?: ChatPreview;
}
