import { peerPath, type PeerName } from "./peers.ts";

export const BLANK = "blank page";
export const OURS = "Renus";

export interface Widget {
  name: string;
  /** Path of its page. */
  path: string;
  /** What a site owner pastes, as the documentation of the widget has it. */
  snippet: string;
}

/** Every widget on a bare page of its own. The scripts come from other origins than the page, as from a CDN. */
export function widgets(ours: string, peersUrl: string, versions: Record<PeerName, string>): Widget[] {
  const peer = (name: PeerName, snippet: string) => ({ name: `${name} ${versions[name]}`, path: `/${name}`, snippet });
  return [
    { name: BLANK, path: "/blank", snippet: "" },
    { name: OURS, path: "/ours", snippet: ours },
    peer("deep-chat", deepChat(peersUrl)),
    peer(
      "@typebot.io/js",
      `<script type="module">
        import Typebot from "${peersUrl}${peerPath("@typebot.io/js")}";
        Typebot.initBubble({ typebot: "bench", apiHost: "${peersUrl}" });
      </script>`,
    ),
    peer(
      "flowise-embed",
      `<script type="module">
        import Chatbot from "${peersUrl}${peerPath("flowise-embed")}";
        Chatbot.init({ chatflowid: "bench", apiHost: "${peersUrl}" });
      </script>`,
    ),
  ];
}

// It has no launcher of its own and leaves one to the page: here the least that works, there when the element is.
const deepChat = (peersUrl: string) => `
  <style>
    #launcher { position: fixed; right: 20px; bottom: 20px; width: 56px; height: 56px; border-radius: 50% }
    #panel { position: fixed; right: 20px; bottom: 88px }
  </style>
  <div id="panel" hidden><deep-chat connect='{"url":"${peersUrl}/chat"}'></deep-chat></div>
  <button id="launcher" aria-label="Chat" hidden></button>
  <script type="module">
    import "${peersUrl}${peerPath("deep-chat")}";
    const panel = document.querySelector("#panel");
    const launcher = document.querySelector("#launcher");
    launcher.hidden = false;
    launcher.addEventListener("click", () => {
      panel.hidden = !panel.hidden;
      if (!panel.hidden) panel.firstElementChild.focusInput();
    });
  </script>`;

/** The page of a shop without anything else in it; its icon costs no request. */
export function pageOf({ snippet }: Widget): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>A shop</title>
    <link rel="icon" href="data:,">
  </head>
  <body>
    <h1>A shop</h1>
    <p>Chairs and tables, made to order.</p>
    ${snippet}
  </body>
</html>`;
}
