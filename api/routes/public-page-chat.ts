import { html, raw } from "hono/html";
import type { PublicAgent } from "../../protocol/resources.ts";
import { accentOf, avatarSvg } from "../lib/avatar.ts";
import type { WidgetManifest } from "./assets.ts";
import { icon, jsonBlock, type Markup } from "./public-page-markup.ts";
import { fill, type PageWords } from "./public-page-words.ts";

export interface ChatPage {
  agent: PublicAgent;
  lang: string;
  words: PageWords;
  manifest: WidgetManifest;
  /** Address that others can open. */
  url: string;
  /** Of the share card below the address. */
  cardPath: string;
  /** Of the icon for home screens below the address. */
  touchIconPath: string;
  source: string | undefined;
  /** In a frame on another site: the chat alone. */
  isEmbedded: boolean;
}

const SHARE = icon("M12 15V4m-4 3.500L12 4l4 3.500M6 12H5v8h14v-8h-1");
const QR = icon("M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM20 14v2M14 20h2M18 18h2v2h-2z");
const CLOSE = icon("m6 6 12 12M18 6 6 18");

/** Header at once, chat as soon as the script is there. */
export function chatPage(page: ChatPage): Markup {
  const { agent, lang, words, manifest, url, source, isEmbedded } = page;
  const path = `/a/${agent.slug}`;
  const about = agent.description || agent.greeting || fill(words.chat_with, "name", agent.name);
  const { appearance } = agent;
  const theme = appearance.theme ?? "auto";
  const avatar = appearance.avatar_url
    ? html`<img class="avatar" src="${appearance.avatar_url}" width="40" height="40" alt="" />`
    : raw(avatarSvg(agent.name, appearance.color, true));
  return html`<!doctype html>
    <html lang="${lang}" data-theme="${theme}">
      <head>
        <meta charset="utf-8" />
        <meta
          name="viewport"
          content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"
        />
        <title>${agent.name}</title>
        <meta name="description" content="${about}" />
        <meta name="color-scheme" content="${theme === "auto" ? "light dark" : theme}" />
        <link rel="canonical" href="${url}" />
        ${isEmbedded ? html`<meta name="robots" content="noindex" />` : forOthers(page, about)}
        <link rel="icon" href="${path}/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/widget/${manifest.page_css}" />
        ${manifest.page_imports.map((name) => html`<link rel="modulepreload" href="/widget/${name}" />`)}
        <script type="module" src="/widget/${manifest.page}"></script>
      </head>
      <body>
        <main>
          <renus-chat agent="${agent.slug}" mode="page" lang="${lang}" ${source ? html` source="${source.slice(0, 120)}"` : ""}>
            <header class="early">
              ${avatar}
              <div class="who">
                <h1><bdi>${agent.name}</bdi></h1>
                <p>${words.connecting}</p>
              </div>
            </header>
            ${isEmbedded ? "" : actions(page)}
            <noscript
              ><div class="notice">
                <p dir="auto">${about}</p>
                <p>${words.no_script}</p>
                ${
                  isEmbedded
                    ? ""
                    : html`<p>${words.other_device}</p>
                        <img src="${path}/qr.svg?src=qr" width="200" height="200" alt="${words.qr}" />
                        <p class="address"><a href="${url}">${url}</a></p>`
                }
              </div></noscript
            >
          </renus-chat>
        </main>
        ${
          isEmbedded
            ? ""
            : html`${qrDialog(page)}
                <div id="toast" role="status"></div>`
        }
        <script type="application/json" id="profile">
          ${jsonBlock(agent)}
        </script>
      </body>
    </html>`;
}

/** For networks that show the address, and for systems that install the page. */
function forOthers({ agent, lang, words, url, cardPath, touchIconPath }: ChatPage, about: string): Markup {
  const path = `/a/${agent.slug}`;
  const alt = fill(words.chat_with, "name", agent.name);
  const card = `${url}/${cardPath}`;
  return html`<meta name="theme-color" content="${accentOf(agent.appearance.color)}" />
    <meta property="og:type" content="website" />
    <meta property="og:title" content="${agent.name}" />
    <meta property="og:description" content="${about}" />
    <meta property="og:url" content="${url}" />
    <meta property="og:locale" content="${lang.replace("-", "_")}" />
    <meta property="og:image" content="${card}" />
    <meta property="og:image:type" content="image/png" />
    <meta property="og:image:width" content="1200" />
    <meta property="og:image:height" content="630" />
    <meta property="og:image:alt" content="${alt}" />
    <meta name="twitter:card" content="summary_large_image" />
    <meta name="twitter:title" content="${agent.name}" />
    <meta name="twitter:description" content="${about}" />
    <meta name="twitter:image" content="${card}" />
    <meta name="twitter:image:alt" content="${alt}" />
    <link rel="apple-touch-icon" href="${path}/${touchIconPath}" />
    <link rel="manifest" href="${path}/manifest.webmanifest" />`;
}

/** Buttons in the header of the chat. */
function actions({ agent, words, url }: ChatPage): Markup {
  return html`<button
      type="button"
      class="action"
      slot="actions"
      id="share"
      aria-label="${words.share}"
      title="${words.share}"
      data-url="${url}"
      data-copied="${words.copied}"
      data-not-copied="${fill(words.not_copied, "url", url)}"
    >
      ${SHARE}
    </button>
    <a
      class="action"
      slot="actions"
      id="qr"
      href="/a/${agent.slug}/qr.svg"
      aria-label="${words.qr}"
      title="${words.qr}"
      aria-haspopup="dialog"
      >${QR}</a
    >`;
}

/** Nothing in a template is shown or fetched before somebody asks for it. */
function qrDialog({ agent, words, url }: ChatPage): Markup {
  const path = `/a/${agent.slug}`;
  return html`<template id="qr-dialog"
    ><dialog aria-labelledby="qr-title">
      <button type="button" class="action" aria-label="${words.close}" title="${words.close}">${CLOSE}</button>
      <h2 id="qr-title" dir="auto">${fill(words.scan, "name", agent.name)}</h2>
      <img src="${path}/qr.svg?src=qr" width="240" height="240" alt="${words.qr}" />
      <p class="address"><a href="${url}">${url}</a></p>
      <div class="buttons">
        <a class="button" href="${path}/qr.png?size=1024&amp;src=qr" download="${agent.slug}.png">${words.download}</a
        ><button type="button" class="button quiet">${words.copy}</button>
      </div>
      <p role="status"></p></dialog
  ></template>`;
}
