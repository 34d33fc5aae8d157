import type { Context } from "hono";
import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { PublicAgent } from "../../protocol/resources.ts";
import type { Deps } from "../deps.ts";
import { AppError } from "../errors.ts";
import { accentOf, avatarSvg } from "../lib/avatar.ts";
import { publicUrlOf } from "../services/agents/to-agent.ts";
import { getPublicAgent } from "../services/visitors/get-public-agent.ts";
import { readWidgetManifest, type WidgetManifest } from "./assets.ts";
import { pageWords, type PageWords } from "./public-page-words.ts";
import { createRouter, type Router } from "./router.ts";

/** No inline script, no inline style, no markup from strings: what a visitor or a model writes stays text. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' https: data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types lit-html",
].join("; ");

type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;

/** The page behind an agent's address and QR code: header at once, chat as soon as the script is there. */
export function publicPageRoutes(deps: Deps): Router {
  const router = createRouter();
  const find = (c: Context) => getPublicAgent(deps, { slug: c.req.param("slug") ?? "" });

  router.get("/a/:slug", async (c) => {
    const manifest = await readWidgetManifest();
    c.header("Content-Security-Policy", POLICY);
    c.header("Cache-Control", "no-cache");
    const agent = await find(c).catch((err: unknown) => {
      if (err instanceof AppError) return err;
      throw err;
    });
    if (agent instanceof AppError) return c.html(absentPage(c, agent, manifest), 404);
    const { lang, words } = pageWords([agent.locale, c.req.header("Accept-Language")]);
    c.header("Content-Language", lang);
    return c.html(
      chatPage({ agent, lang, words, manifest, url: publicUrlOf(agent.slug, deps.config), source: c.req.query("src") }),
    );
  });

  router.get("/a/:slug/manifest.webmanifest", async (c) => {
    const agent = await find(c);
    const path = `/a/${agent.slug}`;
    return c.body(
      JSON.stringify({
        name: agent.name,
        short_name: agent.name.slice(0, 24),
        description: agent.description ?? undefined,
        id: path,
        start_url: `${path}?src=app`,
        scope: path,
        display: "standalone",
        background_color: "#ffffff",
        theme_color: accentOf(agent.appearance.color),
        icons: [{ src: `${path}/icon.svg`, sizes: "any", type: "image/svg+xml", purpose: "any" }],
      }),
      200,
      { "Content-Type": "application/manifest+json", "Cache-Control": "public, max-age=300" },
    );
  });

  router.get("/a/:slug/icon.svg", async (c) => {
    const agent = await find(c);
    return c.body(avatarSvg(agent.name, agent.appearance.color, false), 200, {
      "Content-Type": "image/svg+xml; charset=utf-8",
      "Cache-Control": "public, max-age=300",
    });
  });
  return router;
}

interface ChatPage {
  agent: PublicAgent;
  lang: string;
  words: PageWords;
  manifest: WidgetManifest;
  /** Address that others can open. */
  url: string;
  source: string | undefined;
}

function chatPage({ agent, lang, words, manifest, url, source }: ChatPage): Markup {
  const path = `/a/${agent.slug}`;
  const about = agent.description ?? agent.greeting ?? fill(words.chat_with, agent.name);
  const { appearance } = agent;
  const avatar = appearance.avatar_url
    ? html`<img class="avatar" src="${appearance.avatar_url}" width="40" height="40" alt="" />`
    : raw(avatarSvg(agent.name, appearance.color, true));
  return html`<!doctype html>
    <html lang="${lang}" data-theme="${appearance.theme ?? "auto"}">
      <head>
        <meta charset="utf-8" />
        <meta
          name="viewport"
          content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"
        />
        <title>${agent.name}</title>
        <meta name="description" content="${about}" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content="#ffffff" media="(prefers-color-scheme: light)" />
        <meta name="theme-color" content="#17191e" media="(prefers-color-scheme: dark)" />
        <link rel="canonical" href="${url}" />
        <meta property="og:type" content="website" />
        <meta property="og:title" content="${agent.name}" />
        <meta property="og:description" content="${about}" />
        <meta property="og:url" content="${url}" />
        <meta property="og:locale" content="${lang.replace("-", "_")}" />
        ${appearance.avatar_url ? html`<meta property="og:image" content="${appearance.avatar_url}" />` : ""}
        <meta name="twitter:card" content="summary" />
        <meta name="twitter:title" content="${agent.name}" />
        <meta name="twitter:description" content="${about}" />
        <link rel="icon" href="${path}/icon.svg" type="image/svg+xml" />
        <link rel="manifest" href="${path}/manifest.webmanifest" />
        <link rel="stylesheet" href="/widget/${manifest.page_css}" />
        ${manifest.page_imports.map((name) => html`<link rel="modulepreload" href="/widget/${name}" />`)}
        <script type="module" src="/widget/${manifest.page}"></script>
      </head>
      <body>
        <main>
          <renus-chat agent="${agent.slug}" mode="page" lang="${lang}" ${source ? html` source="${source.slice(0, 120)}"` : ""}>
            <header class="early">
              <div class="bar">
                ${avatar}
                <div class="who">
                  <h1><bdi>${agent.name}</bdi></h1>
                  <p>${words.connecting}</p>
                </div>
              </div>
            </header>
            <button
              type="button"
              class="action"
              slot="actions"
              id="share"
              aria-label="${words.share}"
              title="${words.share}"
              data-copied="${words.copied}"
              data-url="${url}"
              hidden
            >
              ${SHARE_ICON}
            </button>
            <a
              class="action"
              slot="actions"
              id="qr"
              href="${path}/qr.svg"
              aria-label="${words.qr}"
              title="${words.qr}"
              aria-haspopup="dialog"
              >${QR_ICON}</a
            >
            <noscript
              ><div class="notice">
                <p dir="auto">${about}</p>
                <p>${words.no_script}</p>
              </div></noscript
            >
          </renus-chat>
        </main>
        <dialog id="qr-dialog" aria-labelledby="qr-title">
          <h2 id="qr-title" dir="auto">${fill(words.scan, agent.name)}</h2>
          <img data-src="${path}/qr.svg?src=qr" width="240" height="240" alt="${words.qr}" />
          <p class="address"><a href="${url}">${url}</a></p>
          <div class="buttons">
            <a class="button" href="${path}/qr.png?size=1024&amp;src=qr" download="${agent.slug}.png">${words.download}</a
            ><button type="button" class="button quiet" id="qr-close">${words.close}</button>
          </div>
        </dialog>
        <div id="toast" role="status"></div>
        <script type="application/json" id="profile">
          ${jsonBlock(agent)}
        </script>
      </body>
    </html>`;
}

function absentPage(c: Context, err: AppError, manifest: WidgetManifest): Markup {
  const { lang, words } = pageWords([c.req.header("Accept-Language")]);
  const isPaused = err.details["paused"] === true;
  const title = isPaused ? words.paused_title : words.missing_title;
  return html`<!doctype html>
    <html lang="${lang}" data-theme="auto">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <title>${title}</title>
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/widget/${manifest.page_css}" />
      </head>
      <body>
        <main class="absent">
          ${isPaused ? PAUSED_PICTURE : MISSING_PICTURE}
          <h1>${title}</h1>
          <p>${isPaused ? words.paused : words.missing}</p>
          ${isPaused ? html`<a class="button" href="">${words.reload}</a>` : ""}
        </main>
      </body>
    </html>`;
}

const fill = (text: string, name: string) => text.replace("{name}", name);

/** JSON that may stand in a script element: no `<` in it can end one. */
function jsonBlock(value: unknown): HtmlEscapedString {
  return raw(JSON.stringify(value).replace(/</g, "\\u003c"));
}

const stroke = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
const SHARE_ICON = raw(
  `<svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" ${stroke}><path d="M12 15V4m-4 3.5L12 4l4 3.5M6 12H5v8h14v-8h-1"/></svg>`,
);
const QR_ICON = raw(
  `<svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" ${stroke}><path d="M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM20 14v2M14 20h2M18 18h2v2h-2z"/></svg>`,
);
const bubble = (inner: string) =>
  raw(
    `<svg viewBox="0 0 96 96" width="96" height="96" aria-hidden="true" ${stroke}><path d="M80 46a32 32 0 0 1-46 28.700L16 80l5.300-18A32 32 0 1 1 80 46Z"/>${inner}</svg>`,
  );
const MISSING_PICTURE = bubble('<path d="M41 38a8 8 0 1 1 11 7.500c-2.500 1-4 2.500-4 5.500v1M48 60v.1"/>');
const PAUSED_PICTURE = bubble('<path d="M42 36v20M54 36v20"/>');
