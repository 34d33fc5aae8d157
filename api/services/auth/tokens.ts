import { SYSTEM, type UserActor, type VisitorActor } from "../../db/actor.ts";
import { sqlState } from "../../db/database.ts";
import type { Deps } from "../../deps.ts";
import { authError } from "../../errors.ts";
import { claimedAudience, signToken, verifyToken, type Claims } from "../../lib/jwt.ts";

/** Seconds a visitor's token lives; the widget refreshes it long before. */
export const VISITOR_TOKEN_SECONDS = 24 * 60 * 60;
/** Seconds after its end in which a visitor's token can still be exchanged: who comes back finds their conversation. */
export const VISITOR_RETURN_SECONDS = 30 * 24 * 60 * 60;
/** Seconds a person's access token lives; the refresh token carries the sign-in further. */
export const ACCESS_TOKEN_SECONDS = 10 * 60;

const VISITOR_AUDIENCE = "renus:visitor";
const USER_AUDIENCE = "authenticated";
// Not an address: nodes behind one name may each believe in another PUBLIC_URL.
const ISSUER = "renus";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export interface VerifiedToken<A> {
  actor: A;
  /** Unix seconds. */
  expires_at: number;
}

export async function signVisitorToken(
  deps: Pick<Deps, "config">,
  visitor: Omit<VisitorActor, "kind">,
): Promise<{ token: string; expires_in: number }> {
  const { token } = await signToken(
    deps.config.jwtSecret,
    {
      iss: ISSUER,
      aud: VISITOR_AUDIENCE,
      sub: visitor.visitor_id,
      agent_id: visitor.agent_id,
      client_id: visitor.client_id,
    },
    VISITOR_TOKEN_SECONDS,
  );
  return { token, expires_in: VISITOR_TOKEN_SECONDS };
}

/** Throws AUTH_ERROR. `expiredSecondsMax`: how long ago it may have expired; for a refresh only. */
export async function verifyVisitorToken(
  deps: Pick<Deps, "config">,
  token: string,
  expiredSecondsMax = 0,
): Promise<VerifiedToken<VisitorActor>> {
  const claims = await verifyToken(deps.config.jwtSecret, token, VISITOR_AUDIENCE, ISSUER, expiredSecondsMax);
  if (!claims) throw authError();
  const [visitor_id, agent_id, client_id] = [claims.sub, String(claims["agent_id"]), String(claims["client_id"])];
  // Signed by us and yet not ours: the columns take nothing else.
  if (![visitor_id, agent_id, client_id].every((id) => UUID.test(id))) throw authError();
  return { actor: { kind: "visitor", visitor_id, agent_id, client_id }, expires_at: claims.exp };
}

/** A person's access token with Supabase Auth's claims. `expires_at` in Unix seconds. */
export function signAccessToken(
  deps: Pick<Deps, "config">,
  person: { user_id: string; email: string; session_id: string },
): Promise<{ token: string; expires_at: number }> {
  return signToken(
    deps.config.jwtSecret,
    {
      iss: ISSUER,
      aud: USER_AUDIENCE,
      sub: person.user_id,
      email: person.email,
      phone: "",
      role: "authenticated",
      aal: "aal1",
      session_id: person.session_id,
      is_anonymous: false,
      app_metadata: { provider: "email", providers: ["email"] },
      user_metadata: {},
    },
    ACCESS_TOKEN_SECONDS,
  );
}

/** Whether we signed this access token and it has not expired, whatever became of its sign-in. */
export async function isSignedAccessToken(deps: Pick<Deps, "config">, token: string): Promise<boolean> {
  return (await verifyToken(deps.config.jwtSecret, token, USER_AUDIENCE, ISSUER)) !== null;
}

/** Whose access token this is, with the rights of this moment. Throws AUTH_ERROR. */
export async function verifyUserToken(deps: Deps, token: string): Promise<UserActor> {
  return (await verifyUser(deps, token)).actor;
}

/** A visitor's or a person's token, as a socket may carry either. Throws AUTH_ERROR. */
export async function verifyAnyToken(deps: Deps, token: string): Promise<VerifiedToken<UserActor | VisitorActor>> {
  return claimedAudience(token) === VISITOR_AUDIENCE ? verifyVisitorToken(deps, token) : verifyUser(deps, token);
}

async function verifyUser(deps: Deps, token: string): Promise<VerifiedToken<UserActor>> {
  const known = deps.auth.tokens.get(token);
  if (known) return known;
  const keep = deps.auth.tokens.learning();
  const claims = deps.auth.verifySupabase
    ? await deps.auth.verifySupabase(token)
    : await verifyToken(deps.config.jwtSecret, token, USER_AUDIENCE, ISSUER);
  if (!claims || !UUID.test(claims.sub)) throw authError();
  const actor = await (deps.auth.verifySupabase ? findSupabaseUser(deps, claims) : findSignedInUser(deps, claims));
  if (!actor) throw authError();
  const user = { actor, expires_at: claims.exp };
  keep(token, user);
  return user;
}

/** null once the sign-in was ended or the person deleted. */
async function findSignedInUser(deps: Deps, claims: Claims): Promise<UserActor | null> {
  const sessionId = claims["session_id"];
  if (typeof sessionId !== "string" || !UUID.test(sessionId)) return null;
  const row = await deps.db.as(SYSTEM, (trx) =>
    trx
      .selectFrom("auth.sessions as s")
      .innerJoin("auth.users as u", "u.id", "s.user_id")
      .innerJoin("profiles as p", "p.id", "u.id")
      .select(["u.id", "u.email", "p.role", "p.client_id", "p.name"])
      .where("s.id", "=", sessionId)
      .where("s.user_id", "=", claims.sub)
      .where("s.revoked_at", "is", null)
      .executeTakeFirst(),
  );
  if (!row) return null;
  return toUserActor(row, row.email, sessionId);
}

/**
 * Supabase knows who somebody is, our profiles what they may do. Whoever comes for the first time gets a profile without
 * rights, in which an administrator finds and places them. null for people the project has deleted.
 */
async function findSupabaseUser(deps: Deps, claims: Claims): Promise<UserActor | null> {
  const email = typeof claims["email"] === "string" ? claims["email"] : "";
  const columns = ["id", "role", "client_id", "name"] as const;
  const row = await deps.db
    .as(SYSTEM, async (trx) => {
      const known = await trx
        .selectFrom("profiles")
        .select([...columns, "email"])
        .where("id", "=", claims.sub)
        .executeTakeFirst();
      // The address is the project's to change.
      if (known && email && known.email !== email)
        await trx.updateTable("profiles").set({ email }).where("id", "=", claims.sub).execute();
      if (known) return known;
      return trx
        .insertInto("profiles")
        .values({ id: claims.sub, role: "client", client_id: null, email })
        .onConflict((conflict) => conflict.column("id").doUpdateSet({ email }))
        .returning(columns)
        .executeTakeFirstOrThrow();
    })
    .catch((err: unknown) => {
      // Foreign key: a token outlives its person by an hour.
      if (sqlState(err) === "23503") return null;
      throw err;
    });
  return row && toUserActor(row, email, typeof claims["session_id"] === "string" ? claims["session_id"] : null);
}

function toUserActor(
  row: { id: string; role: string; client_id: string | null; name: string | null },
  email: string,
  sessionId: string | null,
): UserActor {
  const role = row.role === "admin" ? "admin" : "client";
  return {
    kind: "user",
    user_id: row.id,
    role,
    client_id: role === "admin" ? null : row.client_id,
    email,
    name: row.name,
    session_id: sessionId,
  };
}
