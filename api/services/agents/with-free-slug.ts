import { randomBytes } from "node:crypto";
import { SYSTEM } from "../../db/actor.ts";
import { violatedConstraint } from "../../db/database.ts";
import { AppError } from "../../errors.ts";
import { firstFreeSlug, slugify } from "../../lib/slug.ts";
import type { ServiceContext } from "../context.ts";

const ATTEMPTS_MAX = 20;
const PLACEHOLDER = /^(draft-[0-9a-f]{12}|agent-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** A draft's slug until its publication gives it one from its name. */
export function placeholderSlug(): string {
  return `draft-${randomBytes(6).toString("hex")}`;
}
export function isPlaceholderSlug(slug: string): boolean {
  return PLACEHOLDER.test(slug);
}

/**
 * Runs `write` with a free slug made from `name`. Slugs are looked up as the server, because other companies' are hidden
 * from the actor; the unique index has the last word, so that two writers of one name end with two slugs.
 */
export async function withFreeSlug<T>(ctx: ServiceContext, name: string, write: (slug: string) => Promise<T>): Promise<T> {
  const base = slugify(name);
  for (let attempt = 1; ; attempt++) {
    const rows = await ctx.db.as(SYSTEM, (trx) =>
      trx
        .selectFrom("agents")
        .select("slug")
        .where((eb) => eb.or([eb("slug", "=", base), eb("slug", "like", `${base}-%`)]))
        .execute(),
    );
    try {
      return await write(firstFreeSlug(base, new Set(rows.map((row) => row.slug))));
    } catch (err) {
      if (violatedConstraint(err) !== "agents_slug_key" || attempt >= ATTEMPTS_MAX) throw err;
    }
  }
}

/** Runs `write` and turns a violated slug index into SLUG_TAKEN. */
export async function withSlugCheck<T>(slug: string | undefined, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (err) {
    if (violatedConstraint(err) !== "agents_slug_key") throw err;
    throw new AppError("SLUG_TAKEN", "Another agent has this address already. Choose another slug.", { slug });
  }
}
