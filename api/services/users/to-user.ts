import type { User } from "../../../protocol/resources.ts";
import { AppError } from "../../errors.ts";

/** The columns of `profiles` that make a User. */
export const USER_COLUMNS = ["id", "email", "role", "client_id", "name", "created_at"] as const;

export function toUser(row: {
  id: string;
  email: string | null;
  role: string;
  client_id: string | null;
  name: string | null;
  created_at: string;
}): User {
  return {
    id: row.id,
    email: row.email ?? "",
    role: row.role === "admin" ? "admin" : "client",
    client_id: row.client_id,
    name: row.name,
    created_at: row.created_at,
  };
}

export const userNotFound = () => new AppError("NOT_FOUND", "This user does not exist, or you may not see it.");

/** A field that is well-formed and still cannot be taken. */
export const fieldError = (path: string, message: string) =>
  new AppError("VALIDATION_ERROR", `${path}: ${message}`, { issues: [{ path, message }] });
export const emailTaken = () => fieldError("email", "Somebody has this e-mail address already.");
