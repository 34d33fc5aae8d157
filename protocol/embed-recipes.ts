/** What a site owner pastes, by where it goes. Each stands in docs/embed.md as well, whose tests run it. Imports nothing. */

export interface RecipeInput {
  /** Of the chat server: `https://chat.example.com`. */
  origin: string;
  /** Slug of the agent. */
  agent: string;
  /** `#rrggbb` and a corner, where the tag is to carry them. */
  color?: string | null;
  position?: string | null;
}

/** Lines of a content security policy. */
export interface CspLines {
  /** Directive → sources of a page that allows hosts by name. */
  allowList: Readonly<Record<string, string>>;
  /** `script-src` of a page that allows scripts by a nonce of the response; the other lines are the same. */
  nonce: string;
}

export function cspLines(origin: string): CspLines {
  return {
    allowList: {
      "script-src": origin,
      "connect-src": `${origin} ${origin.replace(/^http/, "ws")}`,
      "img-src": origin,
      "frame-src": origin,
    },
    nonce: "'nonce-…' 'strict-dynamic'",
  };
}

const attribute = (value: string) =>
  value.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const look = ({ color, position }: RecipeInput, prefix = "") =>
  (color ? ` ${prefix}color="${attribute(color)}"` : "") + (position ? ` ${prefix}position="${attribute(position)}"` : "");

const tag = (input: RecipeInput, more = "") =>
  `<script src="${attribute(input.origin)}/widget/v1.js" data-agent="${attribute(input.agent)}"${look(input, "data-")}${more} async></script>`;

/** What a tag carries of `config.appearance`, which may hold anything. The usual corner needs no word. */
export function lookOf(appearance: unknown): Pick<RecipeInput, "color" | "position"> {
  const { color, position } = (typeof appearance === "object" && appearance !== null ? appearance : {}) as Record<
    string,
    unknown
  >;
  return {
    color: typeof color === "string" && /^#[0-9a-f]{6}$/i.test(color) ? color : null,
    position: position === "bottom-left" ? position : null,
  };
}

/** The tag of an agent, as the server and the panel hand it out. */
export function agentTag(input: RecipeInput, appearance?: unknown): string {
  return tag({ ...input, ...lookOf(appearance) });
}

export const RECIPES = {
  html: (input) => tag(input),
  inline: (input) =>
    `<renus-chat agent="${input.agent}" mode="inline"${look({ ...input, position: null })}></renus-chat>\n<script src="${input.origin}/widget/v1.js" async></script>`,
  iframe: ({ origin, agent }) =>
    `<iframe src="${origin}/a/${agent}?embed=1" title="Chat" width="400" height="600" allow="clipboard-write"></iframe>`,
  wordpress: ({ origin, agent }) => `add_action('wp_footer', function () {
    $user = wp_get_current_user();
    $token = $user->exists() && defined('RENUS_IDENTITY_SECRET')
        ? renus_user_token(['id' => $user->ID, 'name' => $user->display_name, 'email' => $user->user_email], RENUS_IDENTITY_SECRET)
        : '';
    printf(
        '<script src="${origin}/widget/v1.js" data-agent="${agent}"%s async></script>',
        $token === '' ? '' : sprintf(' data-user-token="%s"', esc_attr($token)),
    );
});`,
  shopify: (input) => tag(input, ` data-lang="{{ request.locale.iso_code }}" data-meta-template="{{ template.name }}"`),
  tagManager: ({ origin, agent }) => `<script>
  (function () {
    var tag = document.createElement('script');
    tag.src = '${origin}/widget/v1.js';
    tag.async = true;
    tag.setAttribute('data-agent', '${agent}');
    document.head.appendChild(tag);
  })();
</script>`,
  react: ({ origin, agent }) => `"use client";

import { RenusChat } from "renus/react";

export function Chat() {
  return <RenusChat origin="${origin}" agent="${agent}" />;
}`,
  vue: ({ origin, agent }) => `<script setup>
import { onBeforeUnmount, onMounted } from "vue";
import { mount } from "renus/widget";

let chat;
onMounted(() => {
  chat = mount({ origin: "${origin}", agent: "${agent}" });
});
onBeforeUnmount(() => chat.destroy());
</script>

<template></template>`,
  astro: ({ origin, agent }) => `<script is:inline src="${origin}/widget/v1.js" data-agent="${agent}" async></script>`,
} satisfies Record<string, (input: RecipeInput) => string>;
