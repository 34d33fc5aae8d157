import { createRoute, z } from "@hono/zod-openapi";
import { QR_SIZE_DEFAULT, QR_SIZE_MAX, QR_SIZE_MIN, qrPng, qrSvg, withSource } from "../lib/qr.ts";
import type { Deps } from "../deps.ts";
import { publicUrlOf } from "../services/agents/to-agent.ts";
import { qrTarget } from "../services/agents/qr-target.ts";
import { getPublicAgent } from "../services/visitors/get-public-agent.ts";
import { idParam } from "./json.ts";
import { contextOf, createRouter, errorResponses, forCallers, type Router } from "./router.ts";

const svgQuery = z.object({ src: z.string().max(200).optional().describe("Tag that tells where the code hangs.") });
const pngQuery = svgQuery.extend({
  size: z.coerce.number().int().min(QR_SIZE_MIN).max(QR_SIZE_MAX).default(QR_SIZE_DEFAULT).describe("Side in pixels."),
});
const svgAnswer = { description: "The code as SVG.", content: { "image/svg+xml": { schema: z.string() } } };
const pngAnswer = {
  description: "The code as PNG.",
  content: { "image/png": { schema: z.string().openapi({ format: "binary" }) } },
};
const SVG = { "Content-Type": "image/svg+xml; charset=utf-8" };
const PNG = { "Content-Type": "image/png" };

/** QR codes of an agent's public address: for its owner under `/agents/:id`, for everybody under `/a/:slug`. */
export function qrRoutes(deps: Deps): Router {
  const router = createRouter();
  const owners = { tags: ["agents"], ...forCallers(deps, "read") };
  const everybody = { tags: ["public"] };
  const slugParam = z.object({ slug: z.string() });
  const publicTarget = async (slug: string, source: string | undefined) =>
    withSource(publicUrlOf((await getPublicAgent(deps, { slug })).slug, deps.config), source);

  router.openapi(
    createRoute({
      ...owners,
      operationId: "getAgentQrSvg",
      summary: "QR code of the public address, SVG",
      method: "get",
      path: "/agents/{id}/qr.svg",
      request: { params: idParam, query: svgQuery },
      responses: { 200: svgAnswer, ...errorResponses(400, 401, 404) },
    }),
    async (c) => {
      const url = await qrTarget(contextOf(c, deps), { ...c.req.valid("param"), source: c.req.valid("query").src });
      return c.body(await qrSvg(url), 200, { ...SVG, "Cache-Control": "private, no-cache" });
    },
  );
  router.openapi(
    createRoute({
      ...owners,
      operationId: "getAgentQrPng",
      summary: "QR code of the public address, PNG",
      method: "get",
      path: "/agents/{id}/qr.png",
      request: { params: idParam, query: pngQuery },
      responses: { 200: pngAnswer, ...errorResponses(400, 401, 404) },
    }),
    async (c) => {
      const { size, src } = c.req.valid("query");
      const url = await qrTarget(contextOf(c, deps), { ...c.req.valid("param"), source: src });
      return c.body(new Uint8Array(qrPng(url, size)), 200, { ...PNG, "Cache-Control": "private, no-cache" });
    },
  );
  router.openapi(
    createRoute({
      ...everybody,
      operationId: "getPublicQrSvg",
      summary: "QR code of a published agent, SVG",
      method: "get",
      path: "/a/{slug}/qr.svg",
      request: { params: slugParam, query: svgQuery },
      responses: { 200: svgAnswer, ...errorResponses(400, 404) },
    }),
    async (c) => {
      const url = await publicTarget(c.req.valid("param").slug, c.req.valid("query").src);
      return c.body(await qrSvg(url), 200, { ...SVG, "Cache-Control": "public, max-age=300" });
    },
  );
  router.openapi(
    createRoute({
      ...everybody,
      operationId: "getPublicQrPng",
      summary: "QR code of a published agent, PNG",
      method: "get",
      path: "/a/{slug}/qr.png",
      request: { params: slugParam, query: pngQuery },
      responses: { 200: pngAnswer, ...errorResponses(400, 404) },
    }),
    async (c) => {
      const { size, src } = c.req.valid("query");
      const url = await publicTarget(c.req.valid("param").slug, src);
      return c.body(new Uint8Array(qrPng(url, size)), 200, { ...PNG, "Cache-Control": "public, max-age=300" });
    },
  );
  return router;
}
