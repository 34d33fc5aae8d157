/** Who acts. Every transaction runs under exactly one actor's database role and claims. */
export type Actor = SystemActor | UserActor | VisitorActor;

/** The server itself: sign-in, registry, reply worker. Role `service_role`. */
export interface SystemActor {
  kind: "system";
}
/** A signed-in person of the panel or the API. Role `authenticated`. */
export interface UserActor {
  kind: "user";
  user_id: string;
  role: "admin" | "client";
  /** The company of a `client`; null for administrators. */
  client_id: string | null;
  email: string;
  name: string | null;
  /** The sign-in this token belongs to. */
  session_id: string | null;
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
export function sessionSettings(actor: Actor): { role: string; claims: string } {
  switch (actor.kind) {
    case "system":
      return { role: "service_role", claims: '{"role":"service_role"}' };
    case "user":
      return { role: "authenticated", claims: JSON.stringify({ sub: actor.user_id, role: "authenticated" }) };
    case "visitor":
      return { role: "renus_visitor", claims: JSON.stringify({ sub: actor.visitor_id, role: "renus_visitor" }) };
  }
}
