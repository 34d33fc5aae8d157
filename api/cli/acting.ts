import { SYSTEM, type UserActor } from "../db/actor.ts";
import type { Deps } from "../deps.ts";
import { AppError } from "../errors.ts";
import { isUuid } from "../lib/ids.ts";
import { CommandError } from "./command.ts";

/** The oldest administrator: whoever may run commands may do what administrators may. Throws CommandError where there is none. */
export async function findAdministrator({ db }: Pick<Deps, "db">): Promise<UserActor> {
  const row = await db.as(SYSTEM, (trx) =>
    trx
      .selectFrom("profiles")
      .select(["id", "email", "name"])
      .where("role", "=", "admin")
      .orderBy("created_at")
      .orderBy("id")
      .limit(1)
      .executeTakeFirst(),
  );
  if (!row) throw new CommandError("There is no administrator yet: start the server once.");
  return {
    kind: "user",
    user_id: row.id,
    role: "admin",
    client_id: null,
    email: row.email ?? "",
    name: row.name,
    session_id: null,
  };
}

/** By name or id; without either the only one. Throws CommandError with the choice. */
export async function findCompany({ db }: Pick<Deps, "db">, wanted: string | undefined): Promise<string> {
  const companies = await db.as(SYSTEM, (trx) => {
    const all = trx.selectFrom("clients").select(["id", "name"]).orderBy("created_at").limit(20);
    if (wanted === undefined) return all.execute();
    return all.where(isUuid(wanted) ? "id" : "name", "=", wanted).execute();
  });
  if (companies.length === 1) return companies[0]!.id;
  if (companies.length === 0) {
    throw new CommandError(
      wanted === undefined ? "There is no company yet: start the server once." : `There is no company “${wanted}”.`,
    );
  }
  const choice = companies.map(({ id, name }) => `  ${id}  ${name}`).join("\n");
  throw new CommandError(`Which company? Say --client with one of these:\n${choice}`);
}

/** By id, or by the slug of its address. Throws CommandError. */
export async function findAgentId({ db }: Pick<Deps, "db">, wanted: string): Promise<string> {
  const row = await db.as(SYSTEM, (trx) =>
    trx
      .selectFrom("agents")
      .select("id")
      .where(isUuid(wanted) ? "id" : "slug", "=", wanted)
      .executeTakeFirst(),
  );
  if (!row) throw new CommandError(`There is no agent “${wanted}”. Say its id, or the slug of its address.`);
  return row.id;
}

/** The words of a verb that refuses, for this one of many. */
export function refusalOf(err: unknown, what: string): Error {
  return err instanceof AppError ? new CommandError(`${what}: ${err.message}`) : (err as Error);
}
