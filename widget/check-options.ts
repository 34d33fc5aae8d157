import type { EmbedOptions } from "../protocol/embed.ts";

const isNumber = (value: string) => value.trim() !== "" && Number(value) >= 0;
const oneOf =
  (...allowed: string[]) =>
  (value: string) =>
    allowed.includes(value);
const isText = () => true;
const isList = (value: string) => {
  try {
    return Array.isArray(JSON.parse(value));
  } catch {
    return false;
  }
};

/** Every option and which texts it takes. */
const VALUES: Record<keyof EmbedOptions, (value: string) => boolean> = {
  agent: (value) => /^[a-z0-9-]+$/.test(value),
  mode: oneOf("launcher", "inline", "page"),
  position: oneOf("bottom-right", "bottom-left"),
  offsetX: isNumber,
  offsetY: isNumber,
  color: (value) => CSS.supports("color", value),
  theme: oneOf("auto", "light", "dark"),
  font: oneOf("inherit", "system"),
  title: isText,
  greeting: isText,
  placeholder: isText,
  prompts: isList,
  lang: (value) => /^[a-z]{2,3}(-[a-z0-9]+)*$/i.test(value),
  dir: oneOf("ltr", "rtl"),
  open: (value) => value === "" || value === "true" || value === "false" || isNumber(value),
  launcher: oneOf("true", "false"),
  persist: oneOf("device", "tab", "none"),
  zIndex: isNumber,
  hideOn: isText,
  userToken: (value) => value.split(".").length === 3,
  meta: isText,
  nonce: isText,
  debug: isText,
  origin: isText,
};

/** Says in the console which options cannot be read, and takes them from the chat: it goes on with their defaults. */
export function checkOptions(options: EmbedOptions, chat: HTMLElement): void {
  const { host } = chat.getRootNode() as ShadowRoot;
  // With a launcher nothing of the page is inherited.
  if (options.font === "inherit") chat.style.setProperty("--renus-font", getComputedStyle(document.body).fontFamily);
  for (const [name, value] of Object.entries(options)) {
    if (/^meta[A-Z]/.test(name) || value == null) continue;
    const isKnown = Object.hasOwn(VALUES, name);
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    if (!isKnown) warn(`"${name}" is not an option. The options are: ${Object.keys(VALUES).join(", ")}.`);
    else if (!VALUES[name as keyof EmbedOptions](text)) {
      warn(`"${text}" is no value of the option "${name}"; its default is used.`);
      if (name === "color")
        for (const target of [chat, host as HTMLElement | undefined]) target?.style.removeProperty("--renus-accent");
      chat.removeAttribute(name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
    }
  }
}

/** The console is where site owners look. */
export function warn(words: string): void {
  // oxlint-disable-next-line no-console -- said to the person who writes the page
  console.warn(`Renus: ${words}`);
}

/** `data-debug`: what happens, in the order it happens, and what may be wrong with the installation. */
export function explain(chat: HTMLElement): void {
  const names = ["ready", "open", "close", "status", "message", "unread", "handoff", "identify", "error"];
  for (const name of names)
    // oxlint-disable-next-line no-console -- asked for
    chat.addEventListener(`renus:${name}`, (event) => console.info(`Renus: ${name}`, (event as CustomEvent).detail));
  document.addEventListener("securitypolicyviolation", ({ blockedURI, violatedDirective }) =>
    warn(`The policy of this page forbids ${blockedURI} (${violatedDirective}). See the policy lines in the documentation.`),
  );
  if (!document.querySelector("meta[name=viewport]"))
    warn(
      'The page has no <meta name="viewport" content="width=device-width, initial-scale=1">: phones show it, and the chat, too small.',
    );
  if (document.querySelectorAll('script[src*="/widget/v1.js"]').length > 1)
    warn("The script is on this page more than once. One tag for each agent is enough.");
}
