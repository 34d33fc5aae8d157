import { z } from "@hono/zod-openapi";

/** A JSON body that must be there: without `required` a missing content type would skip the validation. */
export const jsonBody = <T extends z.ZodType>(schema: T) => ({
  content: { "application/json": { schema } },
  required: true as const,
});
export const jsonAnswer = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { "application/json": { schema } },
});

/** Headers of an answer that browsers save under this name, and that nobody keeps on the way. */
export const jsonFile = (name: string) => ({
  "Content-Type": "application/json",
  "Content-Disposition": `attachment; filename="${name}"`,
  "Cache-Control": "no-store",
});

/** An id in the path. Not checked for its form here: a malformed id answers like an unknown one. */
export const idParam = z.object({ id: z.string() });

/** What a route asks for, in the OpenAPI document's words. */
export const BEARER: Record<string, string[]>[] = [{ bearer: [] }];
export const VISITOR: Record<string, string[]>[] = [{ visitor: [] }];
export const VISITOR_OR_NOBODY: Record<string, string[]>[] = [{}, { visitor: [] }];
