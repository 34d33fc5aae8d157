import { SYSTEM, type UserActor } from "../../db/actor.ts";
import { forbidden } from "../../errors.ts";
import { isUuid } from "../../lib/ids.ts";
import { deleteSupabaseUser } from "../auth/supabase-users.ts";
import { recheckAccess, type AuthContext } from "../auth/auth-state.ts";
import { noteChange } from "../audit/note-change.ts";
import { requireAdministrator } from "../require-administrator.ts";
import { isLastAdministrator, lockPeople } from "./lock-people.ts";
import { userNotFound } from "./to-user.ts";

/** For administrators, and not of themselves. The person's sign-ins end at once. Throws NOT_FOUND, FORBIDDEN; with Supabase INTERNAL_ERROR in words. */
export async function deleteUser(ctx: AuthContext<UserActor>, input: { id: string }): Promise<void> {
  requireAdministrator(ctx.actor);
  if (!isUuid(input.id)) throw userNotFound();
  const id = input.id.toLowerCase();
  if (id === ctx.actor.user_id) throw forbidden("You cannot delete yourself. Ask another administrator.");
  await ctx.db.as(SYSTEM, async (trx) => {
    await lockPeople(trx);
    if (await isLastAdministrator(trx, id)) throw forbidden("This is the last administrator. Make somebody else one first.");
    const table = ctx.config.supabase ? "profiles" : "auth.users";
    const known = await trx.selectFrom("profiles").select(["email", "client_id"]).where("id", "=", id).executeTakeFirst();
    if (!known) throw userNotFound();
    // The project's own, whose row takes the profile with it: nothing of it may be locked here.
    if (ctx.config.supabase) await deleteSupabaseUser(ctx.config.supabase, id);
    await trx.deleteFrom(table).where("id", "=", id).execute();
    const object = { id, name: known.email };
    await noteChange(trx, ctx.actor, { action: "user.deleted", object, client_id: known.client_id });
  });
  recheckAccess(ctx, id, null);
}
