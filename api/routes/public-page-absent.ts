import { html } from "hono/html";
import { speechBubble, type Markup } from "./public-page-markup.ts";
import type { PageWords } from "./public-page-words.ts";

interface AbsentPage {
  isPaused: boolean;
  lang: string;
  words: PageWords;
  /** Address of the style sheet. */
  css: string;
}

const MISSING = speechBubble("M41 38a8 8 0 1 1 11 7.500c-2.500 1-4 2.500-4 5.500v1M48 60v.1");
const PAUSED = speechBubble("M42 36v20M54 36v20");

/** In place of an agent that is unknown, not published, or paused. */
export function absentPage({ isPaused, lang, words, css }: AbsentPage): Markup {
  const title = isPaused ? words.paused_title : words.missing_title;
  return html`<!doctype html>
    <html lang="${lang}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <title>${title}</title>
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${css}" />
      </head>
      <body>
        <main class="absent">
          ${isPaused ? PAUSED : MISSING}
          <h1>${title}</h1>
          <p>${isPaused ? words.paused : words.missing}</p>
          ${isPaused ? html`<a class="button" href="">${words.reload}</a>` : ""}
        </main>
      </body>
    </html>`;
}
