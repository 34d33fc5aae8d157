import { sql } from "kysely";
import type { z } from "zod";
import type { userCreateBody } from "../../../protocol/requests.ts";
import type { User } from "../../../protocol/resources.ts";
import { SYSTEM, type UserActor } from "../../db/actor.ts";
import { sqlState, type Trx } from "../../db/database.ts";
import { hashPassword } from "../../lib/passwords.ts";
import { inviteSupabaseUser } from "../auth/supabase-users.ts";
import { noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { requireAdministrator } from "../require-administrator.ts";
import { passwordIsTheirs } from "./password-of-project.ts";
import { requireClient } from "./require-client.ts";
import { emailTaken, fieldError, toUser, USER_COLUMNS } from "./to-user.ts";

/**
 * For administrators. With Supabase Auth an invitation is mailed instead of a password set; who has an account in the project already is
 * let in. Throws VALIDATION_ERROR (email taken, unknown company, password), FORBIDDEN; with Supabase RATE_LIMITED and INTERNAL_ERROR in words.
 */
export async function createUser(ctx: ServiceContext<UserActor>, input: z.output<typeof userCreateBody>): Promise<User> {
  requireAdministrator(ctx.actor);
  const email = input.email.toLowerCase();
  const findId = await (ctx.config.supabase ? invite(ctx, email, input) : prepareUser(email, input));
  try {
    return await ctx.db.as(SYSTEM, async (trx) => {
      const clientId = await requireClient(trx, input.role, input.client_id ?? null);
      const profile = { role: input.role, client_id: clientId, email, name: input.name ?? null };
      const id = await findId(trx);
      const user = toUser(
        await trx
          .insertInto("profiles")
          .values({ id, ...profile })
          .returning(USER_COLUMNS)
          .executeTakeFirstOrThrow(),
      );
      await noteChange(trx, ctx.actor, { action: "user.created", object: { id, name: email }, client_id: clientId });
      return user;
    });
  } catch (err) {
    if (sqlState(err) === "23505") throw emailTaken();
    throw err;
  }
}

type Input = z.output<typeof userCreateBody>;
type FindId = (trx: Trx) => Promise<string>;

async function prepareUser(email: string, input: Input): Promise<FindId> {
  if (input.password === undefined) throw fieldError("password", "A new person needs a password.");
  const passwordHash = await hashPassword(input.password);
  return async (trx) => {
    const { id } = await trx
      .insertInto("auth.users")
      .values({ email, encrypted_password: passwordHash, email_confirmed_at: sql`now()` })
      .returning("id")
      .executeTakeFirstOrThrow();
    return id;
  };
}

/** Everything else is checked before: a mail cannot be taken back. */
async function invite(ctx: ServiceContext<UserActor>, email: string, input: Input): Promise<FindId> {
  if (input.password !== undefined) throw passwordIsTheirs();
  await ctx.db.as(SYSTEM, async (trx) => {
    await requireClient(trx, input.role, input.client_id ?? null);
    if (await trx.selectFrom("profiles").select("id").where("email", "=", email).executeTakeFirst()) throw emailTaken();
  });
  const { id } = await inviteSupabaseUser(ctx.config.supabase!, email, `${ctx.config.publicUrl}/admin/`);
  return async () => id;
}
