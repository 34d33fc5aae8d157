import { decode, verify } from "hono/jwt";
import { z } from "zod";
import { line } from "../../../protocol/requests.ts";
import { authError } from "../../errors.ts";

/** Who the site says its visitor is. */
export interface SiteUser {
  external_id: string;
  name: string | null;
  email: string | null;
}

const CHARS_MAX = 8192;
const SECONDS_MAX = 30 * 24 * 60 * 60;

const claimsSchema = z.object({
  sub: z.string().trim().min(1).max(200),
  name: line(120).nullish(),
  email: z.email().max(254).nullish(),
});

/**
 * The person of a JWT that the site has signed with the agent's identity secret (HS256, RFC 7519). Throws AUTH_ERROR with
 * what the site has to mend; `secret` null: nobody can have signed anything.
 */
export async function verifyUserToken(secret: string | null, token: string, now = Date.now()): Promise<SiteUser> {
  if (token.length > CHARS_MAX) throw authError(`The user token is longer than ${CHARS_MAX} characters.`);
  let alg: unknown;
  try {
    ({ alg } = decode(token).header);
  } catch {
    throw authError("The user token is no JWT.");
  }
  if (alg !== "HS256") throw authError("The user token must be signed with HS256.");
  // The library's errors quote the token.
  const claims =
    secret === null ? null : await verify(token, secret, { alg: "HS256", exp: false, iat: false, nbf: true }).catch(() => null);
  if (!claims) throw authError("The user token is not signed with the identity secret of this agent.");
  const { exp } = claims;
  if (typeof exp !== "number") throw authError("The user token has no end: give it a claim exp, in seconds.");
  if (exp <= now / 1000) throw authError("The user token has expired.");
  if (exp > now / 1000 + SECONDS_MAX) throw authError("The user token ends more than 30 days from now.");
  const user = claimsSchema.safeParse(claims);
  if (!user.success) {
    const [name] = user.error.issues[0]!.path;
    throw authError(
      name === "sub"
        ? "The user token needs a claim sub: your own id of the person, 1 to 200 characters."
        : `The claim ${String(name)} of the user token cannot be read.`,
    );
  }
  const { sub, name, email } = user.data;
  return { external_id: sub, name: name ?? null, email: email ?? null };
}
