import type { HttpBindings } from "@hono/node-server";
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { clientFrameSchema, type ServerFrame } from "../../protocol/frames.ts";
import type { Deps } from "../deps.ts";
import { authError } from "../errors.ts";
import { verifyAnyToken } from "../services/auth/tokens.ts";
import { createEventStreams } from "../ws/event-stream.ts";
import { clientAddress } from "./client-address.ts";
import { jsonAnswer, jsonBody, VISITOR } from "./json.ts";
import { pageOriginOf } from "./page-origin.ts";
import { createRouter, errorResponses, type Router, type RouteEnv } from "./router.ts";

// EventSource cannot set headers, so the token may stand in the query; queries are never logged.
const eventsQuery = z.object({ token: z.string().optional() });
const framesQuery = eventsQuery.extend({ session_id: z.uuid().toLowerCase().optional() });
const frameSchema = z.custom<ServerFrame>().openapi({ type: "object", description: "A server frame of the WebSocket." });

/** Where WebSocket is blocked: the same frames by POST and server-sent events. */
export function fallbackRoutes(deps: Deps): Router {
  const router = createRouter();
  const streams = createEventStreams(deps);
  const common = { tags: ["public"], security: VISITOR };

  router.openapi(
    createRoute({
      ...common,
      operationId: "postFrame",
      summary: "One client frame; its direct answers come back, everything else comes by /public/events",
      method: "post",
      path: "/public/frames",
      request: { query: framesQuery, body: jsonBody(clientFrameSchema) },
      responses: {
        200: jsonAnswer("The direct answers.", z.object({ frames: z.array(frameSchema) })),
        ...errorResponses(400, 401, 403, 413, 429),
      },
    }),
    async (c) => {
      const { actor } = await tokenHolder(c, deps, c.req.valid("query").token);
      const { session_id } = c.req.valid("query");
      const from = { page: pageOriginOf(c, deps), address: clientAddress(c, deps), session_id };
      const frames = await streams.post(actor, c.req.valid("json"), from);
      c.header("Cache-Control", "no-store");
      return c.json({ frames }, 200);
    },
  );
  router.openapi(
    createRoute({
      ...common,
      operationId: "getEvents",
      summary: "Server frames as server-sent events, `connected` first",
      method: "get",
      path: "/public/events",
      request: { query: eventsQuery },
      responses: {
        200: { description: "The stream.", content: { "text/event-stream": { schema: z.string() } } },
        ...errorResponses(400, 401, 403, 404, 429),
      },
    }),
    async (c) => {
      const { outgoing } = c.env as HttpBindings;
      const holder = await tokenHolder(c, deps, c.req.valid("query").token);
      const body = await streams.open(holder, pageOriginOf(c, deps), () => {
        if (!outgoing.writableFinished) outgoing.destroy();
      });
      return c.body(body, 200, {
        "Content-Type": "text/event-stream; charset=utf-8",
        "Cache-Control": "no-store, no-transform",
        // Proxies that buffer would hold the frames back.
        "X-Accel-Buffering": "no",
      }) as never;
    },
  );
  return router;
}

function tokenHolder(c: Context<RouteEnv>, deps: Deps, fromQuery: string | undefined) {
  const token = /^Bearer (\S+)$/i.exec(c.req.header("Authorization") ?? "")?.[1] ?? fromQuery;
  if (!token) throw authError();
  return verifyAnyToken(deps, token);
}
