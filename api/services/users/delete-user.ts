import { SYSTEM, type UserActor } from "../../db/actor.ts";
import { forbidden } from "../../errors.ts";
import { isUuid } from "../../lib/ids.ts";
import { recheckAccess, type AuthContext } from "../auth/auth-state.ts";
import { requireAdministrator } from "../require-administrator.ts";
import { isLastAdministrator, lockPeople } from "./lock-people.ts";
import { requireEmbeddedUsers } from "./require-embedded.ts";
import { userNotFound } from "./to-user.ts";

/** For administrators, and not of themselves. The person's sign-ins end at once. Throws NOT_FOUND, FORBIDDEN. */
export async function deleteUser(ctx: AuthContext<UserActor>, input: { id: string }): Promise<void> {
  requireAdministrator(ctx.actor);
  requireEmbeddedUsers(ctx.config);
  if (!isUuid(input.id)) throw userNotFound();
  const id = input.id.toLowerCase();
  if (id === ctx.actor.user_id) throw forbidden("You cannot delete yourself. Ask another administrator.");
  await ctx.db.as(SYSTEM, async (trx) => {
    await lockPeople(trx);
    if (await isLastAdministrator(trx, id)) throw forbidden("This is the last administrator. Make somebody else one first.");
    const deleted = await trx.deleteFrom("auth.users").where("id", "=", id).returning("id").executeTakeFirst();
    if (!deleted) throw userNotFound();
  });
  recheckAccess(ctx, id, null);
}
