import type { Config } from "../../config.ts";

/** The one tag a site owner pastes. */
export function embedSnippet(slug: string, config: Pick<Config, "publicUrl">): string {
  return `<script src="${attribute(config.publicUrl)}/widget/v1.js" data-agent="${attribute(slug)}" async></script>`;
}

function attribute(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
