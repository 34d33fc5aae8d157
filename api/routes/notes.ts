import { createRoute, z } from "@hono/zod-openapi";
import { listQuery, noteBody } from "../../protocol/requests.ts";
import { noteSchema, pageOf } from "../../protocol/resources.ts";
import type { Deps } from "../deps.ts";
import { isUuid } from "../lib/ids.ts";
import { createNote } from "../services/notes/create-note.ts";
import { deleteNote } from "../services/notes/delete-note.ts";
import { listNotes } from "../services/notes/list-notes.ts";
import { noteNotFound, type NotePlace } from "../services/notes/tell-note.ts";
import { updateNote } from "../services/notes/update-note.ts";
import { conversationOf } from "./conversations.ts";
import { idParam, jsonAnswer, jsonBody } from "./json.ts";
import { contextOf, createRouter, errorResponses, forCallers, type Router } from "./router.ts";

const notePath = z.object({ id: z.string(), note_id: z.string() });

/** `/conversations/:id/notes`: what colleagues tell each other. */
export function noteRoutes(deps: Deps): Router {
  const router = createRouter();
  const reads = { tags: ["conversations"], ...forCallers(deps, "read") };
  const writes = { tags: ["conversations"], ...forCallers(deps, "conversations:write") };

  router.openapi(
    createRoute({
      ...reads,
      operationId: "listNotes",
      summary: "Notes of colleagues, newest first; visitors never receive them",
      method: "get",
      path: "/conversations/{id}/notes",
      request: { params: idParam, query: listQuery },
      responses: { 200: jsonAnswer("One page of notes.", pageOf(noteSchema)), ...errorResponses(400, 401, 404) },
    }),
    async (c) =>
      c.json(await listNotes(contextOf(c, deps), { ...c.req.valid("query"), ...conversationOf(c.req.valid("param")) }), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "createNote",
      summary: "Tell colleagues something that the visitor does not get",
      method: "post",
      path: "/conversations/{id}/notes",
      request: { params: idParam, body: jsonBody(noteBody) },
      responses: { 201: jsonAnswer("The new note.", noteSchema), ...errorResponses(400, 401, 404, 413) },
    }),
    async (c) =>
      c.json(await createNote(contextOf(c, deps), { ...c.req.valid("json"), ...conversationOf(c.req.valid("param")) }), 201),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "updateNote",
      summary: "Change a note of your own; administrators change any",
      method: "patch",
      path: "/conversations/{id}/notes/{note_id}",
      request: { params: notePath, body: jsonBody(noteBody) },
      responses: { 200: jsonAnswer("The note as it is now.", noteSchema), ...errorResponses(400, 401, 404, 413) },
    }),
    async (c) => c.json(await updateNote(contextOf(c, deps), { ...c.req.valid("json"), ...noteOf(c.req.valid("param")) }), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "deleteNote",
      summary: "Delete a note of your own; administrators delete any",
      method: "delete",
      path: "/conversations/{id}/notes/{note_id}",
      request: { params: notePath },
      responses: { 204: { description: "Deleted." }, ...errorResponses(401, 404) },
    }),
    async (c) => {
      await deleteNote(contextOf(c, deps), noteOf(c.req.valid("param")));
      return c.body(null, 204);
    },
  );
  return router;
}

function noteOf({ id, note_id }: z.output<typeof notePath>): NotePlace {
  if (!isUuid(note_id)) throw noteNotFound();
  return { ...conversationOf({ id }), note_id: note_id.toLowerCase() };
}
