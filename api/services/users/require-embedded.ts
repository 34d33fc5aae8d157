import type { Config } from "../../config.ts";
import { AppError } from "../../errors.ts";

/** With Supabase Auth the people are the project's: throws FORBIDDEN and says where to go. */
export function requireEmbeddedUsers(config: Config): void {
  if (config.supabase) {
    throw new AppError(
      "FORBIDDEN",
      "Users are managed in Supabase: invite, change and remove people in the project's Authentication page.",
    );
  }
}
