import type { MiddlewareHandler } from "hono";
import type { Deps } from "../deps.ts";
import { validationError } from "../errors.ts";
import { beginRequest, forgetRequest, keepAnswer } from "../services/idempotency/idempotent-requests.ts";
import type { RouteEnv } from "./router.ts";

/** A string of Structured Fields (RFC 8941), as the IETF's draft has it, or the same without quotes, as most clients send it. */
const KEY = /^(?:"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255}))$/;

/**
 * `Idempotency-Key` on POST: the same request under the same key is carried out once, and gets the same answer for a day. After
 * everything that decides who may ask. Only what succeeded is kept: a refusal changes nothing and may be repeated.
 */
export function idempotent(deps: Deps): MiddlewareHandler<RouteEnv> {
  return async function idempotentMiddleware(c, next) {
    const given = c.req.header("Idempotency-Key");
    const actor = c.get("actor");
    if (given === undefined || c.req.method !== "POST" || actor.kind !== "user") return next();
    const match = KEY.exec(given);
    if (!match) throw validationError([{ path: ["Idempotency-Key"], message: "Use 1 to 255 printable characters." }]);
    const { pathname, search } = new URL(c.req.url);
    const request = [c.req.method, pathname + search, await c.req.text()];
    const asked = { caller_id: actor.user_id, key: match[1] ?? match[2]!, request };
    const begun = await beginRequest(deps, asked);
    if ("answer" in begun) {
      const { status, body } = begun.answer;
      const headers = { "Idempotency-Replayed": "true", "Cache-Control": "no-store" };
      if (body === "") return c.body(null, status as 204, headers);
      return c.body(body, status as 200, { ...headers, "Content-Type": "application/json" });
    }
    let isKept = false;
    try {
      await next();
      if (c.res.ok) {
        const { status } = c.res;
        await keepAnswer(deps, asked, begun.holder, { status, body: await c.res.clone().text() });
        isKept = true;
      }
    } finally {
      if (!isKept) await forgetRequest(deps, asked, begun.holder);
    }
  };
}
