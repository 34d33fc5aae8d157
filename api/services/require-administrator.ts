import type { UserActor } from "../db/actor.ts";
import { forbidden } from "../errors.ts";

/** For verbs that act with the server's own rights. Throws FORBIDDEN. */
export function requireAdministrator(actor: UserActor): void {
  if (actor.role !== "admin") throw forbidden("Only administrators may do this.");
}
