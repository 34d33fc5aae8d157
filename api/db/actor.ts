import type { ApiKeyScope } from "../../protocol/codes.ts";

/** Who acts. Every transaction runs under exactly one actor's database role and claims. */
export type Actor = SystemActor | UserActor | VisitorActor;

/** The server itself: sign-in, registry, reply worker. Role `service_role`. */
export interface SystemActor {
  kind: "system";
}
/** A signed-in person of the panel or the API, or an API key in their place. Role `authenticated`. */
export interface UserActor {
  kind: "user";
  /** The key's own id, for a key. */
  user_id: string;
  role: "admin" | "client";
  /** The company of a `client`; null for administrators. */
  client_id: string | null;
  email: string;
  name: string | null;
  /** The sign-in this token belongs to. */
  session_id: string | null;
  /** Of an API key; left out for people, who may do what their role allows. */
  scopes?: readonly ApiKeyScope[];
}
/** One visitor of one agent. Role `renus_visitor`. */
export interface VisitorActor {
  kind: "visitor";
  visitor_id: string;
  agent_id: string;
  client_id: string;
}

export const SYSTEM: SystemActor = { kind: "system" };

/** Database role and JWT-like claims of an actor, as the policies read them. */
export function sessionSettings(actor: Actor): { role: string; claims: string; isReadOnly?: boolean } {
  switch (actor.kind) {
    case "system":
      return { role: "service_role", claims: '{"role":"service_role"}' };
    case "user":
      return {
        role: "authenticated",
        claims: JSON.stringify({ sub: actor.user_id, role: "authenticated" }),
        // A key that may only read changes nothing, whatever a route lets through.
        isReadOnly: actor.scopes?.every((scope) => scope === "read") ?? false,
      };
    case "visitor":
      return { role: "renus_visitor", claims: JSON.stringify({ sub: actor.visitor_id, role: "renus_visitor" }) };
  }
}
