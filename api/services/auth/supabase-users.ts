import { z } from "zod";
import type { Config } from "../../config.ts";
import { AppError, rateLimited } from "../../errors.ts";

/** The people of a Supabase project, by its admin API. The service key travels to the project and nowhere else. */
type Project = NonNullable<Config["supabase"]>;

const userSchema = z.object({ id: z.uuid() });
const pageSchema = z.object({ users: z.array(z.object({ id: z.uuid(), email: z.string().nullish() })) });
const failureSchema = z.object({ error_code: z.string().optional(), code: z.union([z.string(), z.number()]).optional() });

const PAGE = 500;

/**
 * Makes somebody who can sign in at once, or finds who has the address already: then the password stays theirs.
 * Throws AppError with words.
 */
export async function createSupabaseUser(
  project: Project,
  email: string,
  password: string,
): Promise<{ id: string; isNew: boolean }> {
  const created = await ask(project, "POST", "/admin/users", { email, password, email_confirm: true });
  return await newOrFound(project, email, created);
}

/**
 * Mails somebody a link with which they choose a password; it returns to `redirectTo`, which the project has to allow. Who has an
 * account in the project already gets no mail, and is found. Throws VALIDATION_ERROR (the address), RATE_LIMITED (mails), INTERNAL_ERROR with words.
 */
export async function inviteSupabaseUser(
  project: Project,
  email: string,
  redirectTo: string,
): Promise<{ id: string; isNew: boolean }> {
  const invited = await ask(project, "POST", `/invite?redirect_to=${encodeURIComponent(redirectTo)}`, { email });
  return await newOrFound(project, email, invited);
}

/** No mail asks whether the address is theirs: an administrator says so. Throws as `inviteSupabaseUser`. */
export async function changeSupabaseEmail(project: Project, id: string, email: string): Promise<void> {
  const changed = await ask(project, "PUT", `/admin/users/${id}`, { email, email_confirm: true });
  if (!changed.ok) throw await toAppError(changed, email);
}

/** Their sign-ins end with them. Whoever is gone already is no failure. Throws INTERNAL_ERROR with words. */
export async function deleteSupabaseUser(project: Project, id: string): Promise<void> {
  const deleted = await ask(project, "DELETE", `/admin/users/${id}`, { should_soft_delete: false });
  if (!deleted.ok && deleted.status !== 404) throw await toAppError(deleted, "this person");
}

async function newOrFound(project: Project, email: string, made: Response): Promise<{ id: string; isNew: boolean }> {
  if (made.ok) return { id: userSchema.parse(await made.json()).id, isNew: true };
  const failure = await toAppError(made, email);
  // 422 is also what an address is answered that the project knows.
  const id = made.status === 422 ? await findByEmail(project, email) : null;
  if (!id) throw failure;
  return { id, isNew: false };
}

async function findByEmail(project: Project, email: string): Promise<string | null> {
  for (let page = 1; page <= 100; page++) {
    const listed = await ask(project, "GET", `/admin/users?page=${page}&per_page=${PAGE}`);
    const { users } = listed.ok ? pageSchema.parse(await listed.json()) : { users: [] };
    const found = users.find((user) => user.email?.toLowerCase() === email.toLowerCase());
    if (found) return found.id;
    if (users.length < PAGE) break;
  }
  return null;
}

async function ask(project: Project, method: string, path: string, body?: unknown): Promise<Response> {
  try {
    return await fetch(`${project.url}/auth/v1${path}`, {
      method,
      headers: {
        apikey: project.serviceRoleKey,
        Authorization: `Bearer ${project.serviceRoleKey}`,
        "Content-Type": "application/json",
        "X-Supabase-Api-Version": "2024-01-01",
      },
      signal: AbortSignal.timeout(10_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new AppError(
      "INTERNAL_ERROR",
      `Supabase Auth at ${project.url} does not answer. Is SUPABASE_URL right, and the network up?`,
    );
  }
}

/** A refusal in words for an administrator. The project's own words may hold what it was asked with. */
async function toAppError(response: Response, who: string): Promise<AppError> {
  const { error_code, code } = failureSchema.catch({}).parse(await response.json().catch(() => ({})));
  const reason = error_code ?? String(code ?? response.status);
  if (response.status === 401 || response.status === 403) {
    return new AppError(
      "INTERNAL_ERROR",
      "Supabase Auth refuses SUPABASE_SERVICE_ROLE_KEY. Copy the secret key of the project's API settings.",
    );
  }
  if (response.status === 429) {
    const seconds = Number(response.headers.get("Retry-After")) || 60;
    return rateLimited(seconds * 1000, "The Supabase project has mailed too much in a short time. Please try again later.");
  }
  if (reason === "email_exists" || reason === "user_already_exists") {
    return emailError("Somebody in the Supabase project has this e-mail address already.");
  }
  if (reason.startsWith("email_address_") || reason === "validation_failed") {
    return emailError("The Supabase project does not accept this e-mail address.");
  }
  return new AppError("INTERNAL_ERROR", `Supabase Auth did not take ${who} (${reason}). Its log says more.`);
}

const emailError = (message: string) =>
  new AppError("VALIDATION_ERROR", `email: ${message}`, { issues: [{ path: "email", message }] });
