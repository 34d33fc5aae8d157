import { sql } from "kysely";
import type { z } from "zod";
import type { userCreateBody } from "../../../protocol/requests.ts";
import type { User } from "../../../protocol/resources.ts";
import { SYSTEM, type UserActor } from "../../db/actor.ts";
import { sqlState } from "../../db/database.ts";
import { hashPassword } from "../../lib/passwords.ts";
import type { ServiceContext } from "../context.ts";
import { requireAdministrator } from "../require-administrator.ts";
import { requireEmbeddedUsers } from "./require-embedded.ts";
import { requireClient } from "./require-client.ts";
import { emailTaken, toUser, USER_COLUMNS } from "./to-user.ts";

/** For administrators. Throws VALIDATION_ERROR (email taken, unknown company), FORBIDDEN. */
export async function createUser(ctx: ServiceContext<UserActor>, input: z.output<typeof userCreateBody>): Promise<User> {
  requireAdministrator(ctx.actor);
  requireEmbeddedUsers(ctx.config);
  const email = input.email.toLowerCase();
  const passwordHash = await hashPassword(input.password);
  try {
    return await ctx.db.as(SYSTEM, async (trx) => {
      const clientId = await requireClient(trx, input.role, input.client_id ?? null);
      const { id } = await trx
        .insertInto("auth.users")
        .values({ email, encrypted_password: passwordHash, email_confirmed_at: sql`now()` })
        .returning("id")
        .executeTakeFirstOrThrow();
      return toUser(
        await trx
          .insertInto("profiles")
          .values({ id, role: input.role, client_id: clientId, email, name: input.name ?? null })
          .returning(USER_COLUMNS)
          .executeTakeFirstOrThrow(),
      );
    });
  } catch (err) {
    if (sqlState(err) === "23505") throw emailTaken();
    throw err;
  }
}
