import type { ServiceContext } from "../context.ts";

/** To be told after the commit: sockets of these visitors close, operators' lists lose these conversations, their replies stop. */
export function tellErased(
  ctx: Pick<ServiceContext, "bus">,
  gone: { visitors: readonly { id: string }[]; conversations: readonly { id: string; client_id: string }[] },
): void {
  ctx.bus.publish(
    ...gone.visitors.map(({ id }) => ({ topic: "erased", visitor_id: id }) as const),
    ...gone.conversations.map(
      ({ id, client_id }) =>
        ({
          topic: "frame",
          client_id,
          conversation_id: id,
          audience: "operators",
          frame: { type: "conversation_deleted", conversation_id: id },
        }) as const,
    ),
    ...gone.conversations.map(({ id }) => ({ topic: "jobs", conversation_id: id }) as const),
  );
}
