import { compactVerify, errors } from "jose";
import { z } from "zod";
import { line } from "../../../protocol/requests.ts";
import { authError } from "../../errors.ts";
import { newIdentitySecret } from "../agents/identity-secret.ts";

/** Who the site says its visitor is. */
export interface SiteUser {
  external_id: string;
  name: string | null;
  email: string | null;
}

const CHARS_MAX = 8192;
const SECONDS_MAX = 30 * 24 * 60 * 60;
/** Clocks of two servers differ. */
const CLOCK_SECONDS = 60;

// Users without a name or an address have an empty one on many sites.
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (typeof value === "string" && value.trim() === "" ? null : value), schema.nullish());
const claimsSchema = z.object({
  // Kept as it is: two ids that differ in anything are two people. What has no UTF-8 would be stored as another.
  sub: z
    .string()
    .max(200)
    .refine((id) => id.trim() !== "" && id.isWellFormed() && !id.includes("\u0000")),
  name: optional(line(120)),
  email: optional(z.email().max(254)),
});

/**
 * The person of a JWT that the site has signed with the agent's identity secret (HS256, RFC 7519). Throws AUTH_ERROR with
 * what the site has to mend; `secret` null: nobody can have signed anything.
 */
export async function verifyUserToken(secret: string | null, token: string, now = Date.now()): Promise<SiteUser> {
  if (token.length > CHARS_MAX) throw authError(`The user token is longer than ${CHARS_MAX} characters.`);
  const claims = await readClaims(secret ?? newIdentitySecret(), token);
  const seconds = now / 1000;
  const { exp, nbf } = claims;
  if (typeof exp !== "number") throw authError("The user token has no end: give it a claim exp, in seconds.");
  if (exp <= seconds) throw authError("The user token has expired.");
  if (exp > seconds + SECONDS_MAX + CLOCK_SECONDS) {
    throw authError("The user token ends more than 30 days from now; its claim exp counts seconds since 1970.");
  }
  if (typeof nbf === "number" && nbf > seconds + CLOCK_SECONDS) throw authError("The user token is not valid yet.");
  const user = claimsSchema.safeParse(claims);
  if (!user.success) {
    const [name] = user.error.issues[0]!.path;
    throw authError(
      name === "sub"
        ? "The user token needs a claim sub: your own id of the person, text of 1 to 200 characters."
        : `The claim ${String(name)} of the user token cannot be read.`,
    );
  }
  const { sub, name, email } = user.data;
  return { external_id: sub, name: name ?? null, email: email ?? null };
}

/** What was signed with `secret`. The library's errors quote the token, so only their kind is told. */
async function readClaims(secret: string, token: string): Promise<Record<string, unknown>> {
  const encoded = await compactVerify(token, new TextEncoder().encode(secret), { algorithms: ["HS256"] }).catch(
    (err: unknown) => {
      if (err instanceof errors.JOSEAlgNotAllowed) throw authError("The user token must be signed with HS256.");
      if (err instanceof errors.JWSSignatureVerificationFailed) {
        throw authError("The user token is not signed with the identity secret of this agent.");
      }
      throw authError("The user token is no JWT.");
    },
  );
  try {
    const claims: unknown = JSON.parse(new TextDecoder().decode(encoded.payload));
    if (typeof claims === "object" && claims !== null) return claims as Record<string, unknown>;
  } catch {
    // The same words as for anything else that is none.
  }
  throw authError("The user token is no JWT.");
}
