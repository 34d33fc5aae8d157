import type { ChatPreview, PreviewWindow } from "../protocol/preview.ts";
import { attach, showAgent } from "./preview-client.ts";
import "./renus-chat.ts";

/** The page in the panel's frame: the chat as visitors see it, of an agent that may be a draft. */
const chat = document.querySelector("renus-chat")!;

const renusPreview: ChatPreview = {
  attach,
  show(agent, lang) {
    if (document.documentElement.lang !== lang) {
      document.documentElement.lang = lang;
      chat.setAttribute("lang", lang);
    }
    // The panel around it has a main part, too.
    chat.parentElement!.ariaLabel = agent.name;
    showAgent(agent);
  },
};
Object.assign(window, { renusPreview } satisfies PreviewWindow);
