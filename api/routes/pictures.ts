import type { Deps } from "../deps.ts";
import { AppError } from "../errors.ts";
import { PICTURE_TYPES } from "../files/pictures.ts";
import { createRouter, type Router } from "./router.ts";

/** Uploaded pictures of agents, where this server keeps them. Their content never changes under a name. */
export function pictureRoutes(deps: Pick<Deps, "pictures">): Router {
  const router = createRouter();
  router.get("/pictures/:name", async (c) => {
    const name = c.req.param("name");
    const bytes = await deps.pictures.read(name);
    if (!bytes) throw new AppError("NOT_FOUND", "There is nothing at this address.");
    return c.body(bytes, 200, {
      "Content-Type": PICTURE_TYPES[name.split(".").pop()!]!,
      "Cache-Control": "public, max-age=31536000, immutable",
    });
  });
  return router;
}
