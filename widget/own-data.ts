import { ApiError, readAnswer } from "../client/api-error.ts";
import type { Chat } from "./chat.ts";
import { saveFile } from "./save-file.ts";
import { reset } from "./verbs.ts";

/** What visitors may have of what is kept about them, and that they may have it deleted. Both reject when the server does not answer. */

export async function saveOwnData(chat: Chat): Promise<void> {
  const response = await askAsVisitor(chat, "GET", "/public/me/export");
  saveFile(`${chat.option("agent")}.json`, JSON.stringify(await readAnswer(response), null, 2), "application/json");
}

/** The chat begins anew, as somebody nobody knows. */
export async function eraseOwnData(chat: Chat): Promise<void> {
  const response = await askAsVisitor(chat, "DELETE", "/public/me");
  // Erased in the meantime is erased.
  if (!response.ok && response.status !== 401) await readAnswer(response);
  reset(chat);
}

/** Under the visitor's token, which the answer to nothing new about them gives. */
export async function askAsVisitor(chat: Chat, method: string, path: string): Promise<Response> {
  const { token } = await chat.client.identify({ meta: {} });
  const origin = chat.option("origin") ?? new URL(import.meta.url).origin;
  return fetch(origin + path, { method, headers: { Authorization: `Bearer ${token}` } });
}

/** What to tell when it did not work. */
export const wordsOf = (err: unknown, otherwise: string): string => (err instanceof ApiError ? err.message : otherwise);
