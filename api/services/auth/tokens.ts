import { sign, verify } from "hono/jwt";
import type { UserActor, VisitorActor } from "../../db/actor.ts";
import type { Deps } from "../../deps.ts";
import { authError } from "../../errors.ts";

/** Seconds a visitor's token lives; the widget refreshes it long before. */
export const VISITOR_TOKEN_SECONDS = 24 * 60 * 60;

export interface VerifiedToken<A> {
  actor: A;
  /** Unix seconds. */
  expires_at: number;
}

export async function signVisitorToken(
  deps: Pick<Deps, "config">,
  visitor: Omit<VisitorActor, "kind">,
): Promise<{ token: string; expires_in: number }> {
  const now = Math.floor(Date.now() / 1000);
  const token = await sign(
    {
      aud: "renus:visitor",
      sub: visitor.visitor_id,
      agent_id: visitor.agent_id,
      client_id: visitor.client_id,
      iat: now,
      exp: now + VISITOR_TOKEN_SECONDS,
    },
    deps.config.jwtSecret,
    "HS256",
  );
  return { token, expires_in: VISITOR_TOKEN_SECONDS };
}

/** Throws AUTH_ERROR. */
export async function verifyVisitorToken(deps: Pick<Deps, "config">, token: string): Promise<VerifiedToken<VisitorActor>> {
  const payload = await verify(token, deps.config.jwtSecret, "HS256").catch(() => null);
  if (!payload || payload["aud"] !== "renus:visitor") throw authError();
  return {
    actor: {
      kind: "visitor",
      visitor_id: String(payload["sub"]),
      agent_id: String(payload["agent_id"]),
      client_id: String(payload["client_id"]),
    },
    expires_at: Number(payload.exp),
  };
}

/** Throws AUTH_ERROR. */
export async function verifyUserToken(_deps: Deps, _token: string): Promise<UserActor> {
  throw authError();
}

/** A visitor's or a person's token, as a socket may carry either. Throws AUTH_ERROR. */
export async function verifyAnyToken(deps: Deps, token: string): Promise<VerifiedToken<UserActor | VisitorActor>> {
  return verifyVisitorToken(deps, token);
}
