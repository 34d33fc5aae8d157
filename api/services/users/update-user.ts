import { sql } from "kysely";
import type { z } from "zod";
import type { userUpdateBody } from "../../../protocol/requests.ts";
import type { User } from "../../../protocol/resources.ts";
import { SYSTEM, type UserActor } from "../../db/actor.ts";
import { sqlState, type Trx } from "../../db/database.ts";
import { forbidden } from "../../errors.ts";
import { isUuid } from "../../lib/ids.ts";
import { hashPassword } from "../../lib/passwords.ts";
import { changedFields, noteChange } from "../audit/note-change.ts";
import { recheckAccess, type AuthContext } from "../auth/auth-state.ts";
import { changeSupabaseEmail } from "../auth/supabase-users.ts";
import { endSessions } from "../auth/end-sessions.ts";
import { requireAdministrator } from "../require-administrator.ts";
import { isLastAdministrator, lockPeople } from "./lock-people.ts";
import { requireClient } from "./require-client.ts";
import { passwordIsTheirs } from "./password-of-project.ts";
import { emailTaken, toUser, USER_COLUMNS, userNotFound } from "./to-user.ts";

type Input = z.output<typeof userUpdateBody> & { id: string };

/**
 * For administrators. Other rights count at once; a new password ends the person's sign-ins, except the one that sets it.
 * Throws NOT_FOUND, FORBIDDEN (last administrator), VALIDATION_ERROR (email taken, unknown company, with Supabase a password).
 */
export async function updateUser(ctx: AuthContext<UserActor>, input: Input): Promise<User> {
  requireAdministrator(ctx.actor);
  const { supabase } = ctx.config;
  if (supabase && input.password !== undefined) throw passwordIsTheirs();
  if (!isUuid(input.id)) throw userNotFound();
  const passwordHash = input.password === undefined ? null : await hashPassword(input.password);
  const isOneself = input.id.toLowerCase() === ctx.actor.user_id;
  try {
    const { user, hasOtherRights, ended } = await ctx.db.as(SYSTEM, async (trx) => {
      await lockPeople(trx);
      const change = await changeProfile(trx, input);
      if (supabase && input.email !== undefined) {
        // Last: a refusal takes the rest back.
        await changeSupabaseEmail(supabase, change.user.id, input.email.toLowerCase());
      } else if (input.email !== undefined || passwordHash) {
        await trx
          .updateTable("auth.users")
          .set({
            updated_at: sql`now()`,
            ...(input.email === undefined ? {} : { email: input.email.toLowerCase() }),
            ...(passwordHash ? { encrypted_password: passwordHash } : {}),
          })
          .where("id", "=", input.id)
          .execute();
      }
      const { user, changed } = change;
      const fields = [...changed, ...(passwordHash ? ["password"] : [])];
      const object = { id: user.id, name: user.email };
      await noteChange(trx, ctx.actor, { action: "user.changed", object, client_id: user.client_id, fields });
      const except = isOneself ? (ctx.actor.session_id ?? undefined) : undefined;
      return { ...change, ended: passwordHash ? await endSessions(trx, input.id, except) : [] };
    });
    if (hasOtherRights) recheckAccess(ctx, user.id, null);
    else ctx.auth.tokens.forget(user.id, null);
    for (const sessionId of ended) recheckAccess(ctx, user.id, sessionId);
    return user;
  } catch (err) {
    throw sqlState(err) === "23505" ? emailTaken() : err;
  }
}

async function changeProfile(trx: Trx, input: Input): Promise<{ user: User; changed: string[]; hasOtherRights: boolean }> {
  const before = await trx.selectFrom("profiles").select(USER_COLUMNS).where("id", "=", input.id).executeTakeFirst();
  if (!before) throw userNotFound();
  const role = input.role ?? toUser(before).role;
  if (before.role === "admin" && role !== "admin" && (await isLastAdministrator(trx, before.id))) {
    throw forbidden("This is the last administrator. Make somebody else one first.");
  }
  // Somebody whose company was deleted has none, and may still be renamed.
  const isMoved = input.role !== undefined || input.client_id !== undefined;
  const clientId = isMoved
    ? await requireClient(trx, role, input.client_id === undefined ? before.client_id : input.client_id)
    : before.client_id;
  const after = await trx
    .updateTable("profiles")
    .set({
      role,
      client_id: clientId,
      updated_at: sql`now()`,
      ...(input.name === undefined ? {} : { name: input.name }),
      ...(input.email === undefined ? {} : { email: input.email.toLowerCase() }),
    })
    .where("id", "=", before.id)
    .returning(USER_COLUMNS)
    .executeTakeFirstOrThrow();
  return {
    user: toUser(after),
    changed: changedFields(before, after),
    hasOtherRights: before.role !== role || before.client_id !== clientId,
  };
}
