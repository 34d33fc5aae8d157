import { AuthClient, isAuthRetryableFetchError, type AuthError, type Provider } from "@supabase/auth-js";
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
  /** `isRecovered`: by a link that was mailed, because the password is forgotten or, after an invitation, not chosen yet. */
  | { status: "signed-in"; account: Account; isRecovered: boolean };

type Auth = InstanceType<typeof AuthClient>;
let auth: Auth | null = null;
let provider: "embedded" | "supabase" = "embedded";
let ways: SignInWays = { hasEmail: true, providers: [] };
/** Mails links that work in any browser; those of `auth` work in this one. */
let mailer: Auth | null = null;
let state: SessionState = { status: "loading" };
/** The address of this page is a mailed link that lets somebody choose a password. */
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
export const sendsMail = (): boolean => provider === "supabase";

/** How one signs in here. */
export interface SignInWays {
  /** With an e-mail address: by password and, where mails are sent, by a link. */
  hasEmail: boolean;
  /** Through others, as the project knows and people call them. */
  providers: { id: string; name: string }[];
}
export const signInWays = (): SignInWays => ways;

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
  const url = `${origin}/auth/v1`;
  const headers: Record<string, string> = config.anon_key ? { apikey: config.anon_key } : {};
  const link = provider === "supabase" ? passwordLink() : null;
  const client = new AuthClient({
    url,
    headers,
    storageKey: STORED,
    persistSession: true,
    autoRefreshToken: true,
    // Whoever comes back with a code has to be the browser that asked: nobody is signed in by an address somebody sends them.
    flowType: "pkce",
    detectSessionInUrl: provider === "supabase" && (() => false),
  });
  if (provider === "supabase") {
    mailer = new AuthClient({
      url,
      headers,
      storageKey: `${STORED}-mailer`,
      flowType: "implicit",
      persistSession: false,
      autoRefreshToken: false,
      detectSessionInUrl: false,
    });
    ways = await fetchWays(url, headers);
  }
  if (link) {
    const { error } = await client.setSession(link);
    isRecovered = !error;
    // On failure the address still tells linkNotice.
    if (!error) cleanAddress();
  }
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

/** What a project lets people sign in with; where it does not tell, e-mail. */
async function fetchWays(url: string, headers: Record<string, string>): Promise<SignInWays> {
  const settings = await fetch(`${url}/settings`, { headers, signal: AbortSignal.timeout(5000) })
    .then((response) => (response.ok ? (response.json() as Promise<{ external?: Record<string, boolean> }>) : null))
    .catch(() => null);
  const external = settings?.external ?? { email: true };
  const others = Object.keys(external).filter((id) => external[id] && !NOT_A_PROVIDER.test(id));
  return { hasEmail: external["email"] === true, providers: others.map((id) => ({ id, name: providerName(id) })) };
}
const NOT_A_PROVIDER = /^(email|phone|anonymous_users|web3.*)$/;
const PROVIDER_NAMES: Readonly<Record<string, string>> = {
  azure: "Microsoft",
  github: "GitHub",
  gitlab: "GitLab",
  linkedin_oidc: "LinkedIn",
  slack_oidc: "Slack",
  twitter: "X",
  workos: "WorkOS",
};
const providerName = (id: string): string => PROVIDER_NAMES[id] ?? id.charAt(0).toUpperCase() + id.slice(1);

/** The tokens of an invitation or of a forgotten password, with which nobody but the reader of that mail comes; else null. */
function passwordLink(): { access_token: string; refresh_token: string } | null {
  const given = new URLSearchParams(location.hash.slice(1));
  const [access_token, refresh_token] = [given.get("access_token"), given.get("refresh_token")];
  const isForPassword = given.get("type") === "recovery" || given.get("type") === "invite";
  return isForPassword && access_token && refresh_token ? { access_token, refresh_token } : null;
}

/** Somebody came back by a link or from a provider, and is not signed in: why. */
function linkNotice(): string | null {
  const given = new URLSearchParams(`${location.search.slice(1)}&${location.hash.slice(1)}`);
  if (provider !== "supabase" || !["error", "error_code", "code", "access_token"].some((name) => given.has(name))) return null;
  cleanAddress();
  if (given.has("code")) return t("Open the link in the browser in which you asked for it, or ask for a new one below.");
  switch (given.get("error_code")) {
    case "signup_disabled":
    case "user_banned":
      return t("This account has no access to the panel. Ask an administrator to add you.");
    case "otp_expired":
      return t("This link has expired or was used before. Ask for a new one below.");
  }
  if (given.has("access_token")) return t("This link has expired or was used before. Ask for a new one below.");
  return t("Signing in did not work there. Please try again, or choose another way.");
}
/** Takes out of the address what a sign-in has put there. */
function cleanAddress(): void {
  const url = new URL(location.href);
  url.hash = "";
  for (const name of ["error", "error_code", "error_description", "code", "sb"]) url.searchParams.delete(name);
  history.replaceState(history.state, "", url);
}
const returnAddress = (): string => `${location.origin}/admin/`;

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
  const { error } = (await mailer?.resetPasswordForEmail(email, { redirectTo: returnAddress() })) ?? { error: null };
  return error && mailWords(error);
}

/** Mails a link that signs in, in this browser. Returns words when it did not work; an unknown address is none of those. */
export async function sendSignInLink(email: string): Promise<string | null> {
  const options = { shouldCreateUser: false, emailRedirectTo: returnAddress() };
  const { error } = (await auth?.signInWithOtp({ email, options })) ?? { error: null };
  const isUnknown = error?.code === "otp_disabled" || error?.code === "signup_disabled" || error?.code === "user_not_found";
  return error && !isUnknown ? mailWords(error) : null;
}

function mailWords(error: AuthError): string {
  if (error.status === 429) return t("Too many attempts. Please wait a minute and try again.");
  if (error.code === "validation_failed" || error.code === "email_address_invalid") {
    return t("This is not an e-mail address.");
  }
  return t("The e-mail could not be sent. Check your connection and try again.");
}

/** Leaves for a provider, who sends the browser back. Returns words when it did not work. */
export async function signInThrough(id: string): Promise<string | null> {
  const { error } = (await auth?.signInWithOAuth({ provider: id as Provider, options: { redirectTo: returnAddress() } })) ?? {
    error: null,
  };
  return error && t("Signing in did not work. Check your connection and try again.");
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
