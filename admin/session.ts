import { AuthClient, isAuthRetryableFetchError, type AuthError } from "@supabase/auth-js";
import { getAuthConfig, getMe, type Account } from "./api.ts";
import { noteServerDown } from "./connection.ts";
import { t } from "./i18n/i18n.ts";
import { ApiError, errorWords, unreachable, useCredentials } from "./request.ts";

/**
 * Who is signed in. One path for both providers: the embedded server speaks Supabase Auth's shapes, so the same
 * client signs in, refreshes and signs out against either.
 */
export type SessionState =
  | { status: "loading" }
  | { status: "unreachable"; error: string }
  | { status: "signed-out"; notice: string | null }
  /** `isRecovered`: by a link that was mailed, because the password is forgotten. */
  | { status: "signed-in"; account: Account; isRecovered: boolean };

type Auth = InstanceType<typeof AuthClient>;
let auth: Auth | null = null;
let provider: "embedded" | "supabase" = "embedded";
let state: SessionState = { status: "loading" };
/** The address of this page is a mailed link. */
let isRecovered = false;
/** This tab signs out; others are told by the client, and it tells itself as well. */
let isLeaving = false;
const listeners = new Set<() => void>();
const STORED = "renus-admin";

export const sessionState = (): SessionState => state;
/** The signed-in person; only for pages, which are shown to nobody else. */
export function account(): Account {
  if (state.status !== "signed-in") throw new Error("Nobody is signed in.");
  return state.account;
}
/** People with the role `client` see their company's agents without changing them. */
export const canEdit = (): boolean => state.status === "signed-in" && state.account.role === "admin";
/** The embedded server sends no mail: an administrator sets passwords there. */
export const canResetPassword = (): boolean => provider === "supabase";

export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
function become(next: SessionState): void {
  state = next;
  for (const listener of listeners) listener();
}

useCredentials({
  async accessToken() {
    if (!auth) return null;
    // Refreshes by itself when the token is about to expire.
    const { data, error } = await auth.getSession();
    if (error && isAuthRetryableFetchError(error)) throw signInUnreachable();
    return data.session?.access_token ?? null;
  },
  onRefused() {
    if (state.status === "signed-in") void leave(t("You have been signed out. Please sign in again."));
  },
});

/** Whoever refreshes the sign-in does not answer; with Supabase that is not this server. */
function signInUnreachable(): ApiError {
  if (provider === "embedded") noteServerDown();
  return unreachable();
}

async function leave(notice: string | null): Promise<void> {
  isLeaving = true;
  become({ status: "signed-out", notice });
  await auth?.signOut({ scope: "local" });
  isLeaving = false;
}

class NoCompany extends Error {}
async function enter(): Promise<void> {
  const { user } = await getMe();
  if (user.role !== "admin" && !user.client_id) throw new NoCompany();
  become({ status: "signed-in", account: user, isRecovered });
  isRecovered = false;
}
const refusalWords = (err: unknown): string | null => {
  if (err instanceof NoCompany) {
    return t("Your account does not belong to a company yet. Ask an administrator to add you, then sign in again.");
  }
  return err instanceof ApiError && err.status >= 400 && err.status < 500
    ? t("This account has no access to the panel. Ask an administrator to add you.")
    : null;
};

/** For after somebody has changed themselves: what is kept of them and what they may see. */
export async function refreshAccount(): Promise<void> {
  try {
    // The kept session holds the e-mail address, with which a change of the password signs in.
    await auth?.refreshSession();
    await enter();
  } catch {
    // Whatever is wrong, the next request tells.
  }
}

/** Finds out who signs in here and whether somebody already has. Never throws: a failure is a state with a retry. */
export async function openSession(): Promise<void> {
  become({ status: "loading" });
  try {
    auth ??= await startAuth();
    const { data, error } = await auth.getSession();
    if (error && isAuthRetryableFetchError(error)) throw signInUnreachable();
    if (data.session) await enter();
    else become({ status: "signed-out", notice: linkNotice() });
  } catch (err) {
    if (err instanceof NoCompany) await leave(refusalWords(err));
    else if (err instanceof ApiError && (err.status === 401 || err.status === 403)) await leave(t("Please sign in again."));
    else become({ status: "unreachable", error: errorWords(err) });
  }
}

async function startAuth(): Promise<Auth> {
  const config = await getAuthConfig();
  provider = config.provider;
  // The embedded server is this page's own, by whatever name the browser reached it.
  const origin = provider === "embedded" ? location.origin : config.url.replace(/\/+$/, "");
  const client = new AuthClient({
    url: `${origin}/auth/v1`,
    headers: config.anon_key ? { apikey: config.anon_key } : {},
    storageKey: STORED,
    persistSession: true,
    autoRefreshToken: true,
    // Nobody is signed in by an address but who asked for that by mail.
    detectSessionInUrl: (_url, params) =>
      provider === "supabase" && (isRecovered = params["type"] === "recovery" && Boolean(params["access_token"])),
  });
  client.onAuthStateChange((event) => {
    // Another tab signed out, or the sign-in was ended elsewhere and can no longer be refreshed.
    if (event === "SIGNED_OUT" && !isLeaving) followSignOut();
  });
  addEventListener("storage", ({ key, newValue }) => {
    if (key !== STORED) return;
    if (newValue === null) followSignOut();
    else if (state.status === "signed-out" || (state.status === "signed-in" && storedPerson(newValue) !== state.account.id)) {
      void openSession();
    }
  });
  return client;
}
function followSignOut(): void {
  if (state.status === "signed-in") {
    become({ status: "signed-out", notice: t("You have been signed out. Please sign in again.") });
  }
}
/** Whose sign-in another tab has stored; null when that cannot be read. */
function storedPerson(value: string): string | null {
  try {
    return (JSON.parse(value) as { user?: { id?: string } }).user?.id ?? null;
  } catch {
    return null;
  }
}

/** A mailed link works once and for an hour; afterwards it leads here with an error in the address. */
function linkNotice(): string | null {
  if (!new URLSearchParams(location.hash.slice(1)).has("error_code") && !isRecovered) return null;
  isRecovered = false;
  history.replaceState(null, "", location.pathname + location.search);
  return t("This link has expired or was used before. Ask for a new one below.");
}

/** Returns words when it did not work. */
export async function signIn(email: string, password: string): Promise<string | null> {
  if (!auth) return t("The server cannot be reached. Please reload the page.");
  const { error } = await auth.signInWithPassword({ email, password });
  if (error) return signInWords(error, t("The e-mail address or the password is wrong."));
  try {
    await enter();
    return null;
  } catch (err) {
    await auth.signOut({ scope: "local" });
    return refusalWords(err) ?? errorWords(err);
  }
}

function signInWords(error: AuthError, refused: string): string {
  if (error.status === 429) return t("Too many attempts. Please wait a minute and try again.");
  switch (error.code) {
    case "email_not_confirmed":
      return t("This e-mail address is not confirmed yet. Follow the link in the e-mail that was sent to it.");
    case "user_banned":
      return t("This account is locked. Ask an administrator.");
    case "captcha_failed":
    case "email_provider_disabled":
      return t("The Supabase project does not allow signing in with a password here. Ask an administrator.");
  }
  if (error.code === "invalid_credentials" || error.status === 400) return refused;
  return t("Signing in did not work. Check your connection and try again.");
}

/** Mails a link that opens the panel to choose a new password. Returns words when it did not work. */
export async function sendPasswordLink(email: string): Promise<string | null> {
  const redirectTo = `${location.origin}/admin/`;
  const { error } = (await auth?.resetPasswordForEmail(email, { redirectTo })) ?? { error: null };
  if (!error) return null;
  if (error.status === 429) return t("Too many attempts. Please wait a minute and try again.");
  if (error.code === "validation_failed" || error.code === "email_address_invalid") {
    return t("This is not an e-mail address.");
  }
  return t("The e-mail could not be sent. Check your connection and try again.");
}

/**
 * Returns what did not work and which of the two passwords it is about; null when it is changed. `current` is null for
 * who came by a mailed link.
 */
export async function changePassword(
  current: string | null,
  next: string,
): Promise<{ words: string; isAboutNew: boolean } | null> {
  const email = (await auth?.getSession())?.data.session?.user.email;
  if (!auth || !email) {
    return { words: t("You are not signed in any more. Please reload the page."), isAboutNew: current === null };
  }
  if (current !== null) {
    // The fresh sign-in stays as this one: Supabase can be set to let only those change a password. The server ends all others.
    const { error: refusal } = await auth.signInWithPassword({ email, password: current });
    if (refusal) return { words: signInWords(refusal, t("The current password is wrong.")), isAboutNew: false };
  }
  const { error } = await auth.updateUser({ password: next, ...(current === null ? {} : { current_password: current }) });
  if (!error) return null;
  switch (error.code) {
    case "same_password":
      return { words: t("The new password is the same as the current one."), isAboutNew: true };
    case "weak_password":
      // Which rules there are is the server's to say.
      return { words: t("The new password is too easy to guess. {rules}", { rules: error.message }), isAboutNew: true };
    case "insufficient_aal":
      return {
        words: t("Your account signs in with a second factor, so its password is changed where you set that up."),
        isAboutNew: true,
      };
    default:
      return { words: t("The password is unchanged. Check your connection and try again."), isAboutNew: true };
  }
}

export const signOut = (): Promise<void> => leave(null);

/** Ends every sign-in of this person; other devices notice at their next request or refresh. Returns words when it did not work. */
export async function signOutEverywhere(): Promise<string | null> {
  if (!auth) return null;
  isLeaving = true;
  const { error } = await auth.signOut({ scope: "global" });
  isLeaving = false;
  if (error) return t("You are still signed in everywhere. Check your connection and try again.");
  become({ status: "signed-out", notice: t("You are signed out on all devices.") });
  return null;
}
