import { fieldError } from "./to-user.ts";

/** With Supabase Auth nobody but the person knows it. */
export const passwordIsTheirs = () =>
  fieldError("password", "People of the Supabase project choose their own password, by the link that is mailed to them.");
