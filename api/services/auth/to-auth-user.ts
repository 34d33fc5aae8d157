import type { Selectable } from "kysely";
import { z } from "zod";
import type { AuthUsersTable } from "../../db/types.ts";
import type { Deps } from "../../deps.ts";
import { ACCESS_TOKEN_SECONDS, signAccessToken } from "./tokens.ts";

/** A person as Supabase Auth shows them. */
export const authUserSchema = z.object({
  id: z.uuid(),
  aud: z.literal("authenticated"),
  role: z.literal("authenticated"),
  email: z.string(),
  email_confirmed_at: z.string().nullable(),
  confirmed_at: z.string().nullable(),
  phone: z.string(),
  last_sign_in_at: z.string().nullable(),
  app_metadata: z.record(z.string(), z.unknown()),
  user_metadata: z.record(z.string(), z.unknown()),
  identities: z.array(z.unknown()),
  is_anonymous: z.boolean(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type AuthUser = z.infer<typeof authUserSchema>;

/** A sign-in as Supabase Auth hands it out. `expires_in` in seconds, `expires_at` in Unix seconds. */
export const authSessionSchema = z.object({
  access_token: z.string(),
  token_type: z.literal("bearer"),
  expires_in: z.number().int(),
  expires_at: z.number().int(),
  refresh_token: z.string(),
  user: authUserSchema,
});
export type AuthSession = z.infer<typeof authSessionSchema>;

export function toAuthUser(row: Selectable<AuthUsersTable>): AuthUser {
  return {
    id: row.id,
    aud: "authenticated",
    role: "authenticated",
    email: row.email,
    email_confirmed_at: row.email_confirmed_at,
    confirmed_at: row.email_confirmed_at,
    phone: "",
    last_sign_in_at: row.last_sign_in_at,
    app_metadata: { provider: "email", providers: ["email"], ...row.raw_app_meta_data },
    user_metadata: row.raw_user_meta_data,
    identities: [],
    is_anonymous: false,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

/** The answer to a sign-in or a refresh, with a new access token. */
export async function toAuthSession(
  deps: Pick<Deps, "config">,
  row: Selectable<AuthUsersTable>,
  sessionId: string,
  refreshToken: string,
): Promise<AuthSession> {
  const access = await signAccessToken(deps, { user_id: row.id, email: row.email, session_id: sessionId });
  return {
    access_token: access.token,
    token_type: "bearer",
    expires_in: ACCESS_TOKEN_SECONDS,
    expires_at: access.expires_at,
    refresh_token: refreshToken,
    user: toAuthUser(row),
  };
}
