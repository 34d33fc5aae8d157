import { ApiError } from "../client/api-error.ts";
import type { SessionAbout } from "../client/session.ts";
import type { ChatVerbs, EmbedTheme, Identity } from "../protocol/embed.ts";
import type { Chat } from "./chat.ts";

/** What a chat can do besides opening and writing: fetched when a page or a person calls the first of it. */

/** Of each chat, what the server was told last; and how to get a new token. */
const told = new WeakMap<Chat, string>();
const providers = new WeakMap<Chat, () => Promise<string>>();

export const toggle = (chat: Chat): void => (chat.isOpen ? chat.close() : chat.open());
export const send = (chat: Chat, text: string): void => (chat.start(), chat.client.send(text));
export const prefill = (chat: Chat, text: string): void => chat.write(text);
export const show = (chat: Chat): void => void (outermost(chat).hidden = false);
export const hide = (chat: Chat): void => void (outermost(chat).hidden = true);

/** With a launcher both stand in one shadow tree: its host is what comes and goes. */
const outermost = ({ host, mode }: Chat): HTMLElement =>
  mode === "launcher" ? ((host.getRootNode() as ShadowRoot).host as HTMLElement) : host;

export async function identify(chat: Chat, { token, tokenProvider, name, email }: Identity): Promise<void> {
  if (tokenProvider) providers.set(chat, tokenProvider);
  else if (token) providers.delete(chat);
  remember(chat, { user_token: token, name, email });
  if (chat.isStarted) await tell(chat);
}

export async function update(chat: Chat, { meta, name, email }: Parameters<ChatVerbs["update"]>[0]): Promise<void> {
  remember(chat, { name, email, meta: { ...chat.identity?.meta, ...meta } });
  if (chat.isStarted) await tell(chat);
}

/** Of each chat, the end of what is being told: twice at once would be two visitors. */
const telling = new WeakMap<Chat, Promise<void>>();

/** Tells the server who the visitor is, unless it knows. Never rejects: a chat without a name is better than none. */
export function tell(chat: Chat): Promise<void> {
  const next = (telling.get(chat) ?? Promise.resolve()).then(() => tellNow(chat));
  telling.set(chat, next);
  return next;
}

async function tellNow(chat: Chat, isAgain = false): Promise<void> {
  try {
    const provide = providers.get(chat);
    if (provide && !chat.identity?.user_token) remember(chat, { user_token: await provide() });
    const about = { user_token: chat.option("user-token") ?? undefined, ...chat.identity, meta: metaOf(chat) };
    const words = JSON.stringify(about);
    if ((told.get(chat) ?? '{"meta":{}}') === words) return;
    const { user } = await chat.client.identify(about);
    told.set(chat, words);
    chat.emit("identify", user);
  } catch (err) {
    // The token may have expired since the page was made.
    if (err instanceof ApiError && err.status === 401 && !isAgain && providers.has(chat)) {
      remember(chat, { user_token: undefined });
      return tellNow(chat, true);
    }
    const { code, message } = err instanceof ApiError ? err : { code: "INTERNAL_ERROR", message: String(err) };
    if (chat.identity) delete chat.identity.user_token;
    chat.emit("error", { code, error: message });
  }
}

/** What the page says of itself: `meta-*` attributes, then what `update` was told. */
const metaOf = ({ host, identity }: Chat): Record<string, string> => ({
  ...Object.fromEntries(
    [...host.attributes].filter(({ name }) => name.startsWith("meta-")).map(({ name, value }) => [name.slice(5), value]),
  ),
  ...identity?.meta,
});

function remember(chat: Chat, about: { [Name in keyof SessionAbout]: SessionAbout[Name] | undefined }): void {
  chat.identity = JSON.parse(JSON.stringify({ ...chat.identity, ...about })) as SessionAbout;
}

export function newConversation(chat: Chat): Promise<void> {
  chat.start();
  return chat.client.newConversation().then(
    () => chat.focus(),
    // Offline: it may be chosen again.
    () => chat.client.wake(),
  );
}

export function reset(chat: Chat): void {
  chat.write("");
  chat.client.reset();
  chat.identity = null;
  chat.host.removeAttribute("user-token");
  told.delete(chat);
  providers.delete(chat);
  for (const name of ["sound", "consent"]) chat.storage.remove(chat.keyOf(name));
  if (chat.isOpen || chat.mode !== "launcher") chat.start();
}

export function destroy(chat: Chat): void {
  chat.close();
  outermost(chat).remove();
}

export function setLocale(chat: Chat, lang: string): void {
  chat.host.lang = lang;
}

export function setTheme(chat: Chat, theme: EmbedTheme): void {
  chat.host.setAttribute("theme", theme);
}
