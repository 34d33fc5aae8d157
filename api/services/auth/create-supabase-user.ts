import { z } from "zod";
import type { Config } from "../../config.ts";

const userSchema = z.object({ id: z.uuid(), email: z.string() });
const pageSchema = z.object({ users: z.array(z.object({ id: z.uuid(), email: z.string().nullish() })) });

/**
 * Makes somebody in a Supabase project, or finds who has the address already: then the password stays theirs.
 * Throws an Error in words for whoever starts the server.
 */
export async function createSupabaseUser(
  supabase: NonNullable<Config["supabase"]>,
  email: string,
  password: string,
): Promise<{ id: string; isNew: boolean }> {
  const ask = async (method: string, path: string, body?: unknown): Promise<Response> => {
    try {
      return await fetch(`${supabase.url}/auth/v1/admin/users${path}`, {
        method,
        headers: {
          apikey: supabase.serviceRoleKey,
          Authorization: `Bearer ${supabase.serviceRoleKey}`,
          "Content-Type": "application/json",
        },
        signal: AbortSignal.timeout(10_000),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      throw new Error(`Supabase Auth at ${supabase.url} does not answer. Is SUPABASE_URL right, and the network up?`);
    }
  };
  const created = await ask("POST", "", { email, password, email_confirm: true });
  if (created.ok) return { id: userSchema.parse(await created.json()).id, isNew: true };
  if (created.status === 401 || created.status === 403) {
    throw new Error("Supabase Auth refuses SUPABASE_SERVICE_ROLE_KEY. Copy the secret key of the project's API settings.");
  }
  for (let page = 1; page <= 100; page++) {
    const listed = await ask("GET", `?page=${page}&per_page=500`);
    const { users } = listed.ok ? pageSchema.parse(await listed.json()) : { users: [] };
    const found = users.find((user) => user.email?.toLowerCase() === email.toLowerCase());
    if (found) return { id: found.id, isNew: false };
    if (users.length < 500) break;
  }
  throw new Error(
    `Supabase Auth did not take ${email} as the first administrator (status ${created.status}). Set ADMIN_EMAIL to your address.`,
  );
}
