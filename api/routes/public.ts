import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { identifyBody, publicSessionBody } from "../../protocol/requests.ts";
import { publicAgentSchema, publicSessionSchema, visitorExportSchema } from "../../protocol/resources.ts";
import type { VisitorActor } from "../db/actor.ts";
import type { Deps } from "../deps.ts";
import { rateLimited } from "../errors.ts";
import { createRateLimit } from "../lib/rate-limits.ts";
import { VISITOR_RETURN_SECONDS, verifyVisitorToken } from "../services/auth/tokens.ts";
import type { ServiceContext } from "../services/context.ts";
import { agreeToConsent } from "../services/visitors/agree.ts";
import { checkOrigin } from "../services/visitors/check-origin.ts";
import { createPublicSession } from "../services/visitors/create-session.ts";
import { eraseOwnVisitor } from "../services/visitors/erase-visitor.ts";
import { exportOwnVisitor } from "../services/visitors/export-visitor.ts";
import { getPublicAgent } from "../services/visitors/get-public-agent.ts";
import { identifyVisitor } from "../services/visitors/identify-visitor.ts";
import { refreshPublicSession } from "../services/visitors/refresh-session.ts";
import { clientAddress } from "./client-address.ts";
import { jsonAnswer, jsonBody, jsonFile, VISITOR, VISITOR_OR_NOBODY } from "./json.ts";
import { pageOriginOf } from "./page-origin.ts";
import { contextOf, createRouter, errorResponses, requireVisitor, type Router, type RouteEnv } from "./router.ts";

const slugParam = z.object({ slug: z.string() });

/** What visitors and the widget on anybody's page may ask. */
export function publicRoutes(deps: Deps): Router {
  const router = createRouter();
  const sessionsPerHour = createRateLimit(deps.counters, {
    name: "sessions of address",
    pointsMax: deps.limits.sessionsPerHourPerIp,
    windowMs: 3_600_000,
    message: "Too many new conversations from your network. Please try again later.",
    onHit: () => deps.metrics.limitHits.inc({ kind: "ip_sessions" }),
  });
  const common = { tags: ["public"] };

  router.openapi(
    createRoute({
      ...common,
      operationId: "getPublicAgent",
      summary: "Profile of a published agent",
      method: "get",
      path: "/public/agents/{slug}",
      request: { params: slugParam },
      responses: { 200: jsonAnswer("What anybody may know.", publicAgentSchema), ...errorResponses(404) },
    }),
    async (c) => {
      const agent = await getPublicAgent(deps, c.req.valid("param"));
      c.header("Cache-Control", "public, max-age=30");
      return c.json(agent, 200);
    },
  );
  router.openapi(
    createRoute({
      ...common,
      operationId: "createPublicSession",
      summary: "Open a conversation; with a visitor's token the visitor stays the same",
      method: "post",
      path: "/public/agents/{slug}/sessions",
      security: VISITOR_OR_NOBODY,
      request: { params: slugParam, body: jsonBody(publicSessionBody) },
      responses: {
        201: jsonAnswer("The token and what it opens.", publicSessionSchema),
        ...errorResponses(400, 401, 403, 404, 413, 429),
      },
    }),
    async (c) => {
      await sessionsPerHour.take(clientAddress(c, deps));
      const visitor = await knownVisitor(c, deps);
      const page = pageOriginOf(c, deps);
      const session = await createPublicSession(deps, { ...c.req.valid("json"), ...c.req.valid("param"), visitor, page });
      c.header("Cache-Control", "no-store");
      return c.json(session, 201);
    },
  );
  router.openapi(
    createRoute({
      ...common,
      operationId: "refreshPublicSession",
      summary: "A new token for the same visitor",
      method: "post",
      path: "/public/sessions/refresh",
      security: VISITOR,
      middleware: [requireVisitor(deps, VISITOR_RETURN_SECONDS)],
      responses: {
        200: jsonAnswer("The token and the latest conversation.", publicSessionSchema),
        ...errorResponses(401, 403, 404),
      },
    }),
    async (c) => {
      const session = await refreshPublicSession(contextOf<VisitorActor>(c, deps), { page: pageOriginOf(c, deps) });
      c.header("Cache-Control", "no-store");
      return c.json(session, 200);
    },
  );
  router.openapi(
    createRoute({
      ...common,
      operationId: "identifyVisitor",
      summary: "Who the visitor is: by a token that the site has signed, or unverified by name",
      method: "post",
      path: "/public/sessions/identify",
      security: VISITOR,
      middleware: [requireVisitor(deps)],
      request: { body: jsonBody(identifyBody) },
      responses: {
        200: jsonAnswer("The token of the visitor it is, and their conversation.", publicSessionSchema),
        ...errorResponses(400, 401, 403, 404, 413, 429),
      },
    }),
    async (c) => {
      const ctx = contextOf<VisitorActor>(c, deps);
      takeFrame(ctx);
      const session = await identifyVisitor(ctx, { ...c.req.valid("json"), page: pageOriginOf(c, deps) });
      c.header("Cache-Control", "no-store");
      return c.json(session, 200);
    },
  );
  router.openapi(
    createRoute({
      ...common,
      operationId: "exportOwnVisitor",
      summary: "All that is kept of the visitor, for themselves",
      method: "get",
      path: "/public/me/export",
      security: VISITOR,
      middleware: [requireVisitor(deps)],
      responses: { 200: jsonAnswer("The file.", visitorExportSchema), ...errorResponses(401, 403, 429) },
    }),
    async (c) => {
      const ctx = contextOf<VisitorActor>(c, deps);
      takeFrame(ctx);
      await checkOrigin(ctx, pageOriginOf(c, deps));
      return c.json(await exportOwnVisitor(ctx), 200, jsonFile("my-data.json"));
    },
  );
  router.openapi(
    createRoute({
      ...common,
      operationId: "eraseOwnVisitor",
      summary: "Delete the visitor with all of their conversations, for ever, at their own wish",
      method: "delete",
      path: "/public/me",
      security: VISITOR,
      middleware: [requireVisitor(deps)],
      responses: { 204: { description: "Erased." }, ...errorResponses(401, 403, 429) },
    }),
    async (c) => {
      const ctx = contextOf<VisitorActor>(c, deps);
      takeFrame(ctx);
      await checkOrigin(ctx, pageOriginOf(c, deps));
      await eraseOwnVisitor(ctx);
      return c.body(null, 204);
    },
  );
  router.openapi(
    createRoute({
      ...common,
      operationId: "agreeToConsent",
      summary: "The visitor agrees to what the agent asks for before the first message",
      method: "put",
      path: "/public/me/consent",
      security: VISITOR,
      middleware: [requireVisitor(deps)],
      responses: { 204: { description: "Agreed." }, ...errorResponses(401, 403, 429) },
    }),
    async (c) => {
      const ctx = contextOf<VisitorActor>(c, deps);
      takeFrame(ctx);
      await checkOrigin(ctx, pageOriginOf(c, deps));
      await agreeToConsent(ctx);
      return c.body(null, 204);
    },
  );
  return router;
}

/** What costs as much counts like a frame: a page in a loop must not cost more than one that talks. Throws RATE_LIMITED. */
function takeFrame({ actor, hub, metrics }: ServiceContext<VisitorActor> & Deps): void {
  const waitMs = hub.framesOf(actor.visitor_id).take();
  if (waitMs === 0) return;
  metrics.limitHits.inc({ kind: "frames" });
  throw rateLimited(waitMs);
}

/** A token that does not hold makes a new visitor: whoever writes here needs no account. */
async function knownVisitor(c: Context<RouteEnv>, deps: Deps): Promise<VisitorActor | null> {
  const token = /^Bearer (\S+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
  if (!token) return null;
  const verified = await verifyVisitorToken(deps, token).catch(() => null);
  return verified?.actor ?? null;
}
