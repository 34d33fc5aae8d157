import type { Trx } from "../../db/database.ts";
import { fieldError } from "./to-user.ts";

/** The company to store: administrators have none, everybody else one that exists. Throws VALIDATION_ERROR. */
export async function requireClient(trx: Trx, role: "admin" | "client", clientId: string | null): Promise<string | null> {
  if (role === "admin") return null;
  if (clientId === null) throw fieldError("client_id", "A user with the role client belongs to a company.");
  const client = await trx.selectFrom("clients").select("id").where("id", "=", clientId).executeTakeFirst();
  if (!client) throw fieldError("client_id", "This company does not exist.");
  return clientId;
}
