import { createHmac } from "node:crypto";

/** Keys hold addresses and e-mail addresses; what is kept outside of this process is of no use to whoever reads it. */
export const secretKey = (secret: string, key: string): string =>
  createHmac("sha256", secret).update(`counter ${key}`).digest("base64url").slice(0, 22);
