import { AuthClient, type AuthError } from "@supabase/auth-js";
import { getAuthConfig, getMe, type Account } from "./api.ts";
import { ApiError, errorWords, useCredentials } from "./request.ts";

/**
 * Who is signed in. One path for both providers: the embedded server speaks Supabase Auth's shapes, so the same
 * client signs in, refreshes and signs out against either.
 */
export type SessionState =
  | { status: "loading" }
  | { status: "unreachable"; error: string }
  | { status: "signed-out"; notice: string | null }
  | { status: "signed-in"; account: Account };

type Auth = InstanceType<typeof AuthClient>;
let auth: Auth | null = null;
let state: SessionState = { status: "loading" };
const listeners = new Set<() => void>();

export const sessionState = (): SessionState => state;
/** The signed-in person; only for pages, which are shown to nobody else. */
export function account(): Account {
  if (state.status !== "signed-in") throw new Error("Nobody is signed in.");
  return state.account;
}
/** People with the role `client` see their company's agents without changing them. */
export const canEdit = (): boolean => state.status === "signed-in" && state.account.role === "admin";

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
    const { data } = await auth.getSession();
    return data.session?.access_token ?? null;
  },
  onRefused() {
    if (state.status === "signed-in") void leave("You have been signed out. Please sign in again.");
  },
});

async function leave(notice: string | null): Promise<void> {
  become({ status: "signed-out", notice });
  await auth?.signOut({ scope: "local" });
}

async function enter(): Promise<void> {
  const { user } = await getMe();
  become({ status: "signed-in", account: user });
}

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
    if (!auth) {
      const config = await getAuthConfig();
      // The embedded server is this page's own, by whatever name the browser reached it.
      const origin = config.provider === "embedded" ? location.origin : config.url.replace(/\/+$/, "");
      auth = new AuthClient({
        url: `${origin}/auth/v1`,
        headers: config.anon_key ? { apikey: config.anon_key } : {},
        storageKey: "renus-admin",
        persistSession: true,
        autoRefreshToken: true,
        detectSessionInUrl: false,
      });
      auth.onAuthStateChange((event) => {
        // Also reached when another tab signs out.
        if (event === "SIGNED_OUT" && state.status === "signed-in") become({ status: "signed-out", notice: null });
      });
    }
    const { data } = await auth.getSession();
    if (data.session) await enter();
    else become({ status: "signed-out", notice: null });
  } catch (err) {
    if (err instanceof ApiError && (err.status === 401 || err.status === 403)) await leave("Please sign in again.");
    else become({ status: "unreachable", error: errorWords(err) });
  }
}

/** Returns words when it did not work. */
export async function signIn(email: string, password: string): Promise<string | null> {
  if (!auth) return "The server cannot be reached. Please reload the page.";
  const { error } = await auth.signInWithPassword({ email, password });
  if (error) return signInWords(error, "The e-mail address or the password is wrong.");
  try {
    await enter();
    return null;
  } catch (err) {
    await auth.signOut({ scope: "local" });
    return err instanceof ApiError && err.status > 0 && err.status < 500
      ? "This account has no access to the panel. Ask an administrator to add you."
      : errorWords(err);
  }
}

function signInWords(error: AuthError, refused: string): string {
  if (error.status === 429) return "Too many attempts. Please wait a minute and try again.";
  if (error.code === "invalid_credentials" || error.status === 400) return refused;
  return "Signing in did not work. Check your connection and try again.";
}

/** Returns what did not work and which of the two passwords it is about; null when it is changed. */
export async function changePassword(current: string, next: string): Promise<{ words: string; isAboutNew: boolean } | null> {
  const email = (await auth?.getSession())?.data.session?.user.email;
  if (!auth || !email) return { words: "You are not signed in any more. Please reload the page.", isAboutNew: false };
  // The fresh sign-in stays as this one: Supabase can be set to let only those change a password. The server ends all others.
  const { error: refusal } = await auth.signInWithPassword({ email, password: current });
  if (refusal) return { words: signInWords(refusal, "The current password is wrong."), isAboutNew: false };
  const { error } = await auth.updateUser({ password: next, current_password: current });
  if (!error) return null;
  switch (error.code) {
    case "same_password":
      return { words: "The new password is the same as the current one.", isAboutNew: true };
    case "weak_password":
      // Which rules there are is the server's to say.
      return { words: `The new password is too easy to guess. ${error.message}`, isAboutNew: true };
    default:
      return { words: "The password is unchanged. Check your connection and try again.", isAboutNew: true };
  }
}

export const signOut = (): Promise<void> => leave(null);
