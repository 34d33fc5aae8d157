import type { Bus } from "../../bus/bus.ts";
import type { Config } from "../../config.ts";
import type { Actor } from "../../db/actor.ts";
import type { Counters } from "../../counters/counters.ts";
import type { Metrics } from "../../lib/metrics.ts";
import { createBrake, type Brake } from "../../lib/rate-limits.ts";
import type { ServiceContext } from "../context.ts";
import { createSupabaseVerifier, type ClaimsVerifier } from "./supabase-tokens.ts";
import { createVerifiedTokens, type VerifiedTokens } from "./verified-tokens.ts";

/** What one process remembers for sign-in. */
export interface AuthState {
  readonly tokens: VerifiedTokens;
  /** Guesses at one account from one address. */
  readonly accountBrake: Brake;
  /** Guesses of one address, at whatever account or refresh token. */
  readonly addressBrake: Brake;
  /** Claims of Supabase Auth's tokens; null while we sign people in ourselves. */
  readonly verifySupabase: ClaimsVerifier | null;
}

export type AuthContext<A extends Actor = Actor> = ServiceContext<A> & { readonly auth: AuthState };

export function createAuthState({
  config,
  bus,
  counters,
  metrics,
}: {
  config: Config;
  bus: Bus;
  counters: Counters;
  metrics: Metrics;
}): AuthState {
  const tokens = createVerifiedTokens();
  bus.subscribe((event) => {
    if (event.topic === "signed_out") tokens.forget(event.user_id, event.session_id);
    else if (event.topic === "gap") tokens.forgetAll();
  });
  const rests = { firstRestMs: 15_000, restMsMax: 15 * 60_000, onHit: () => metrics.limitHits.inc({ kind: "sign_in" }) };
  return {
    tokens,
    accountBrake: createBrake(counters, { name: "sign-in of account", freeAttempts: 10, ...rests }),
    addressBrake: createBrake(counters, { name: "sign-in of address", freeAttempts: 50, ...rests }),
    verifySupabase: config.supabase && createSupabaseVerifier(config.supabase),
  };
}

/**
 * A sign-in ended (`session_id`), or a person's rights changed or went (`session_id` null): every token of it is checked anew.
 * After the commit. At once here, whatever the bus; on the other nodes when they hear of it.
 */
export function recheckAccess(ctx: Pick<AuthContext, "auth" | "bus">, userId: string, sessionId: string | null): void {
  ctx.auth.tokens.forget(userId, sessionId);
  ctx.bus.publish({ topic: "signed_out", user_id: userId, session_id: sessionId });
}
