import { validationError } from "../../errors.ts";

const UNIQUE_VIOLATION = "23505";

/** Words for what the database refuses. */
export async function refuseTakenShortcut<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (err) {
    if ((err as { code?: string }).code !== UNIQUE_VIOLATION) throw err;
    throw validationError([{ path: ["shortcut"], message: "There is a canned reply with this shortcut already." }]);
  }
}
